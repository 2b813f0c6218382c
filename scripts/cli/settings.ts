import { isTokenForm } from '../../worker/features/access/token.ts'
import { faultOf } from '../../worker/features/states/name.ts'
import { Refusal } from '../embedded/refusal.ts'

/** What the environment says of the server and of the run. */
export type Settings = {
  /** Without a slash at its end. */
  readonly url: string | null
  readonly token: string | null
  /** The name of a state. */
  readonly state: string | null
  /** `12`, or `owner/name#12`. */
  readonly task: string | null
  readonly environment: string | null
  /** The terraform to run: a name on the PATH, or a path. */
  readonly terraform: string
  readonly isQuiet: boolean
  /** The file that is told what was recorded. */
  readonly report: string | null
}

/** The server and how to be let in. */
export type Access = { readonly url: string; readonly token: string }

/** Reads the environment, and says in one sentence which variable is wrong and how to mend it. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const read = <Value>(name: string, parse: (text: string, name: string) => Value): Value | null => {
    const text = env[name]
    return text ? parse(text, name) : null
  }
  return {
    url: read('THROUGHLINE_URL', parseUrl) ?? read('WORKER_URL', parseUrl),
    token: read('THROUGHLINE_TOKEN', parseToken),
    state: read('THROUGHLINE_STATE', parseState),
    task: read('THROUGHLINE_TASK', parseTask),
    environment: read('THROUGHLINE_ENVIRONMENT', parseEnvironment),
    terraform: env['THROUGHLINE_TERRAFORM'] || 'terraform',
    isQuiet: !['', '0', 'false'].includes(env['THROUGHLINE_QUIET'] ?? ''),
    report: env['THROUGHLINE_REPORT'] || null,
  }
}

/** For a command that can do nothing without the server. @throws Refusal when the environment does not name it. */
export function accessOf({ url, token }: Settings): Access {
  if (url === null) throw new Refusal('THROUGHLINE_URL is not set: it is the address of your Throughline server.')
  if (token === null) throw new Refusal('THROUGHLINE_TOKEN is not set: it is a token of your Throughline server.')
  return { url, token }
}

function parseUrl(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain = url !== null && ['http:', 'https:'].includes(url.protocol) && !url.username && !url.password
  if (isPlain && !url.search && !url.hash) return url.href.replace(/\/+$/, '')
  throw new Refusal(`${name} must be an address like http://127.0.0.1:8787, without credentials or a query.`)
}

function parseToken(text: string, name: string): string {
  if (isTokenForm(text)) return text
  const why = /[\r\n]/.test(text)
    ? ' It holds a line break: it was probably read from a file with its last newline.'
    : ''
  throw new Refusal(`${name} must be 40 to 80 characters of 0-9 A-Z a-z _ -.${why}`)
}

function parseState(text: string, name: string): string {
  const fault = faultOf(text)
  if (fault === null) return text
  throw new Refusal(`${name} is no name of a state. ${fault}`)
}

function parseTask(text: string, name: string): string {
  if (/^(?:[\w.-]+\/[\w.-]+#)?[1-9]\d{0,9}$/.test(text)) return text
  throw new Refusal(`${name} must be the number of a task, like 12 or owner/name#12; it is ${JSON.stringify(text)}.`)
}

function parseEnvironment(text: string, name: string): string {
  if (text.length <= 100 && !/\p{Cc}/u.test(text)) return text
  throw new Refusal(`${name} must be at most 100 characters on one line.`)
}
