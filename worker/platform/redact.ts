/** What stands where a secret was. */
export const hidden = '(sensitive)'

/** Names whose values are secrets whatever a provider says. */
const secretName =
  /pass(?:word|wd|phrase)?$|secret|token|api_?key|private_?key|access_?key|client_?key|credential|connection_?string|authorization|signature|\bpem\b|kube_?config/i

/** Values that are secrets whatever they are called: known token prefixes, PEM blocks, JWTs, credentials inside URLs. */
const secretValue = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|AKIA[0-9A-Z]{16}|tl_[\w-]{40,77})/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /(?<=\b(?:Bearer|Basic)\s+)[\w.~+/-]{8,}=*/gi,
  /(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g,
]

/** Whether a value of this name is never shown. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** Replaces what looks like a secret inside a text. */
export function redactText(text: string): string {
  return secretValue.reduce((shown, pattern) => shown.replace(pattern, hidden), text)
}

/** One step of a path into a value: a member's name or an element's index. */
export type Step = string | number

/** The secret values below `paths`, longest first, for scrubbing copies of them from everything else. */
export function secretsAt(value: unknown, paths: readonly (readonly Step[])[]): string[] {
  const found = new Set<string>()
  for (const path of paths) collect(valueAt(value, path), found)
  return [...found].toSorted((a, b) => b.length - a.length)
}

function valueAt(value: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>((inner, step) => (isRecord(inner) ? inner[step] : undefined), value)
}

/** Short values would destroy the record when replaced everywhere: they are only hidden at their own place. */
function collect(value: unknown, found: Set<string>): void {
  if (typeof value === 'string' && value.length >= 6) found.add(value)
  else if (isRecord(value)) for (const inner of Object.values(value)) collect(inner, found)
}

/**
 * A copy of a value that may be stored and shown: what stands at `paths` or under a secret name is hidden, and every
 * copy of a secret value, and everything that looks like one, is hidden wherever it stands.
 */
export function redact(
  value: unknown,
  paths: readonly (readonly Step[])[] = [],
  secrets: readonly string[] = [],
): unknown {
  if (paths.some((path) => path.length === 0)) return value === null ? null : hidden
  if (typeof value === 'string') return redactText(scrub(value, secrets))
  if (Array.isArray(value)) return value.map((inner, index) => redact(inner, below(paths, index), secrets))
  if (!isRecord(value)) return value
  const members = Object.entries(value).map(([name, inner]) => [
    name,
    isSecretName(name) && isLeaf(inner) ? maskLeaf(inner) : redact(inner, below(paths, name), secrets),
  ])
  return Object.fromEntries(members) as unknown
}

function below(paths: readonly (readonly Step[])[], step: Step): (readonly Step[])[] {
  return paths.filter((path) => path[0] === step).map((path) => path.slice(1))
}

function scrub(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => (shown.includes(secret) ? shown.replaceAll(secret, hidden) : shown), text)
}

function maskLeaf(value: unknown): unknown {
  return typeof value === 'string' && value !== '' ? hidden : value
}

function isLeaf(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

function isRecord(value: unknown): value is Record<Step, unknown> {
  return typeof value === 'object' && value !== null
}
