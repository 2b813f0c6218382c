/** What stands where a secret was. */
export const hidden = '(sensitive)'

/** Names whose values are secrets whatever a provider says. */
const secretName =
  /(?:pass(?:word|wd|phrase)|secret|token|credentials?|(?:private|api|access|secret|account|shared|primary|secondary)_?key(?:_pem)?|connection_?string|authorization|kube_?config(?:_raw)?)$/i

/** Values that are secrets whatever they are called: known token prefixes, PEM blocks, JWTs, credentials inside URLs. */
const secretForms = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|AKIA[0-9A-Z]{16}|tl_[\w-]{37,77})/g,
  /\beyJ[\w-]{8,1000}\.[\w-]{8,}\.[\w-]*/g,
  /(?<=\b(?:Bearer|Basic)\s{1,8})[\w.~+/-]{8,}=*/gi,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
]

/** Shorter secrets would destroy the record when replaced wherever they occur: they are hidden at their own place only. */
const shortest = 6

/** One step of a path into a value: a member's name or an element's index. */
export type Step = string | number

/** Secret values found somewhere, to be hidden everywhere: as they are, and in base64, URL and JSON encoding. */
export class Secrets {
  /** By their first characters and their length, so that a text is searched once however many there are. */
  readonly #byStart = new Map<string, Map<number, Set<string>>>()

  add(secret: string): void {
    if (secret.length < shortest) return
    for (const form of formsOf(secret)) {
      const start = form.slice(0, shortest)
      const known = this.#byStart.get(start) ?? new Map<number, Set<string>>()
      const ofLength = known.get(form.length)
      if (ofLength) ofLength.add(form)
      else this.#byStart.set(start, longestFirst([...known, [form.length, new Set([form])]]))
    }
  }

  /** Adds what stands at `paths` of a value, and what stands under a secret name. */
  collect(value: unknown, paths: readonly (readonly Step[])[]): void {
    if (paths.some((path) => path.length === 0)) return this.#addAll(value)
    if (!isRecord(value)) return
    for (const [name, inner] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(name) : name
      if (typeof inner === 'string' && secretName.test(name)) this.#addUnlessWord(inner)
      else this.collect(inner, below(paths, value, step))
    }
  }

  /** A name alone may mislead (`token: "bearer"`): a plain word is hidden where it stands and left alone elsewhere. */
  #addUnlessWord(value: string): void {
    if (!/^[A-Za-z]{0,7}$|^[a-z]+$/.test(value)) this.add(value)
  }

  #addAll(value: unknown): void {
    if (typeof value === 'string') this.add(value)
    else if (isDynamic(value)) this.#addAll(value['value'])
    else if (isRecord(value)) for (const inner of Object.values(value)) this.#addAll(inner)
  }

  /** The text with every known secret, and everything that looks like one, hidden. */
  hide(text: string): string {
    return redactText(this.#byStart.size === 0 ? text : this.#scrub(text))
  }

  #scrub(text: string): string {
    let shown = ''
    let kept = 0
    for (let at = 0; at + shortest <= text.length;) {
      const length = this.#secretAt(text, at)
      if (length === 0) {
        at += 1
      } else {
        shown += text.slice(kept, at) + hidden
        at += length
        kept = at
      }
    }
    return shown + text.slice(kept)
  }

  /** The length of the longest secret that stands there, or 0. */
  #secretAt(text: string, at: number): number {
    for (const [length, secrets] of this.#byStart.get(text.slice(at, at + shortest)) ?? []) {
      if (at + length <= text.length && secrets.has(text.slice(at, at + length))) return length
    }
    return 0
  }
}

function longestFirst(lengths: [number, Set<string>][]): Map<number, Set<string>> {
  return new Map(lengths.toSorted(([a], [b]) => b - a))
}

/** A secret as it is, and as the functions of a configuration (`base64encode`, `urlencode`, `jsonencode`) write it. */
function formsOf(secret: string): Set<string> {
  const url = encodeURIComponent(secret.toWellFormed())
  const json = JSON.stringify(secret).slice(1, -1)
  const forms = [
    secret,
    Buffer.from(secret).toString('base64'),
    ...[0, 1, 2].map((shift) => insideBase64(secret, shift)),
    url,
    url.replaceAll(/[!'()*]/g, (sign) => `%${hexOf(sign).toUpperCase()}`).replaceAll('%20', '+'),
    json,
    json.replaceAll(/[<>&]/g, (sign) => `\\u00${hexOf(sign)}`),
  ]
  return new Set(forms.filter((form) => form.length >= shortest))
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
  if (Array.isArray(value)) return value.map((inner, index) => redact(inner, below(paths, value, index), secrets))
  if (!isRecord(value)) return value
  const members = Object.entries(value).map(([name, inner]) => [
    secrets.hide(name),
    secretName.test(name) && typeof inner === 'string' && inner !== ''
      ? hidden
      : redact(inner, below(paths, value, name), secrets),
  ])
  return Object.fromEntries(members) as unknown
}

/** The rest of the paths that lead through a step. Paths leave out the `value` of a dynamic attribute. */
function below(paths: readonly (readonly Step[])[], value: unknown, step: Step): readonly (readonly Step[])[] {
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
