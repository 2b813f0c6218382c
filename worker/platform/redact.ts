import { Needles, shortestNeedle } from './needles.ts'

/** What stands where a secret was. */
export const hidden = '(sensitive)'

/** Names whose values are secrets whatever a provider says. */
const secretName =
  /(?:pass(?:word|wd|phrase)|secret|token|credentials?|(?:private|api|access|secret|account|shared|primary|secondary)_?key(?:_pem)?|connection_?string|authorization|kube_?config(?:_raw)?)$/i

/** Values that are secrets whatever they are called: known token prefixes, PEM blocks, JWTs, credentials inside URLs. */
const secretForms = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|cf(?:at|ut|oat|k)_\w{20,}|sk-[\w-]{20,}|AKIA[0-9A-Z]{16}|tl_[\w-]{37,77})/g,
  /\beyJ[\w-]{8,1000}\.[\w-]{8,}\.[\w-]*/g,
  /(?<=\b(?:Bearer|Basic)\s{1,8})[\w.~+/-]{8,}=*/gi,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
]

/** Of a secret with several lines, only lines of so many characters are sought by themselves. */
const shortestLine = 16

/** Nothing, a flag, and what was hidden before. */
const noSecrets: ReadonlySet<string> = new Set(['', 'true', 'false', hidden])

/** One step of a path into a value: a member's name or an element's index. */
export type Step = string | number

/** Whether a member's name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** Whether a number may be a secret that is told from others: a copy of a shorter one is taken for chance. */
export function isRare(value: number): boolean {
  return String(value).length >= 4
}

/** Secret values found somewhere, to be hidden everywhere: as they are, and in base64, URL and JSON encoding. */
export class Secrets {
  readonly #known = new Set<string>()
  readonly #forms = new Needles()

  /** A short secret would destroy the record when replaced wherever it occurs: see `hideValue`. */
  add(secret: string): void {
    if (noSecrets.has(secret) || this.#known.has(secret)) return
    this.#known.add(secret)
    if (secret.length < shortestNeedle) return
    for (const form of [...formsOf(secret), ...linesOf(secret)]) this.#forms.add(form)
  }

  /** Adds what stands under a secret name, which may mislead (`token: "bearer"`): a plain word is hidden there only. */
  addNamed(secret: string): void {
    if (!/^[A-Za-z]{0,7}$|^[a-z]+$/.test(secret)) this.add(secret)
  }

  /** Adds what stands at `paths` of a value, and what stands under a secret name. */
  collect(value: unknown, paths: readonly (readonly Step[])[]): void {
    if (paths.some((path) => path.length === 0)) return this.#addAll(value)
    if (!isRecord(value)) return
    for (const [name, inner] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(name) : name
      if (typeof inner === 'string' && isSecretName(name)) this.addNamed(inner)
      else this.collect(inner, below(paths, value, step))
    }
  }

  #addAll(value: unknown): void {
    if (typeof value === 'string') this.add(value)
    else if (typeof value === 'number' && isRare(value)) this.add(String(value))
    else if (isDynamic(value)) this.#addAll(value['value'])
    else if (isRecord(value)) for (const inner of Object.values(value)) this.#addAll(inner)
  }

  /** Whether a number is a copy of a secret one. */
  knows(value: number): boolean {
    return isRare(value) && this.#known.has(String(value))
  }

  /** The text with every known secret, and everything that looks like one, hidden. Again, it stays as it is. */
  hide(text: string): string {
    const shown = text.includes(hidden)
      ? text
          .split(hidden)
          .map((part) => this.#forms.replaceIn(part, hidden))
          .join(hidden)
      : this.#forms.replaceIn(text, hidden)
    return redactText(shown)
  }

  /** Like `hide`, and a secret too short to be sought inside a text is hidden where it is the whole of it. */
  hideValue(text: string): string {
    return text.length < shortestNeedle && this.#known.has(text) ? hidden : this.hide(text)
  }
}

/** A secret as it is, and as the functions of a configuration (`base64encode`, `urlencode`, `jsonencode`) write it. */
function formsOf(secret: string): Set<string> {
  const url = encodeURIComponent(secret.toWellFormed())
  const base64 = [Buffer.from(secret).toString('base64'), ...[0, 1, 2].map((shift) => insideBase64(secret, shift))]
  return new Set([
    secret,
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    url,
    url.replaceAll(/[!'()*]/g, (sign) => `%${hexOf(sign).toUpperCase()}`).replaceAll('%20', '+'),
    ...escaped(secret),
  ])
}

/** The lines of a secret that has several: output is shown line by line, and a template may indent them. */
function linesOf(secret: string): string[] {
  if (!secret.includes('\n')) return []
  const lines = secret.split('\n').map((line) => line.trim())
  // A short line, or one of dashes, is a word of its language.
  return lines.filter((line) => line.length >= shortestLine && !line.startsWith('---')).flatMap(escaped)
}

function escaped(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1)
  return [text, json, json.replaceAll(/[<>&]/g, (sign) => `\\u00${hexOf(sign)}`)]
}

function hexOf(sign: string): string {
  return sign.charCodeAt(0).toString(16)
}

/** What base64 of a longer text, in which so many bytes (modulo 3) precede the secret, makes of the secret alone. */
function insideBase64(secret: string, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
  const whole = Math.floor((bytes.length * 4) / 3)
  return bytes.toString('base64').slice(shift === 0 ? 0 : shift + 1, whole)
}

/** Hides what looks like a secret inside a text. */
export function redactText(text: string): string {
  return secretForms.reduce((shown, form) => shown.replace(form, hidden), text)
}

/**
 * A copy of a value that may be stored and shown: what stands at `paths` or under a secret name is hidden, and so is
 * every copy of a known secret and everything that looks like one. A null stays null: that nothing is there is no secret.
 */
export function redact(value: unknown, paths: readonly (readonly Step[])[], secrets: Secrets): unknown {
  if (value === null) return null
  if (paths.some((path) => path.length === 0)) return hidden
  if (typeof value === 'string') return secrets.hide(value)
  if (typeof value === 'number') return secrets.knows(value) ? hidden : value
  if (Array.isArray(value)) return value.map((inner, index) => redact(inner, below(paths, value, index), secrets))
  if (!isRecord(value)) return value
  const members = Object.entries(value).map(([name, inner]) => [
    secrets.hide(name),
    isSecretName(name) && typeof inner === 'string' && inner !== ''
      ? hidden
      : redact(inner, below(paths, value, name), secrets),
  ])
  return Object.fromEntries(members) as unknown
}

/** The rest of the paths that lead through a step. Paths leave out the `value` of a dynamic attribute. */
export function below(paths: readonly (readonly Step[])[], value: unknown, step: Step): readonly (readonly Step[])[] {
  const through = paths.filter((path) => path[0] === step).map((path) => path.slice(1))
  return step === 'value' && isDynamic(value) ? [...paths, ...through] : through
}

function isRecord(value: unknown): value is Record<Step, unknown> {
  return typeof value === 'object' && value !== null
}

/** How Terraform stores an attribute whose type only its value tells. */
function isDynamic(value: unknown): value is { readonly value: unknown; readonly type: unknown } {
  return isRecord(value) && 'value' in value && 'type' in value && Object.keys(value).length === 2
}
