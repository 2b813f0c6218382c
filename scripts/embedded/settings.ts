import { resolve } from 'node:path'
import { isTokenForm } from '../../worker/features/access/token.ts'
import { Refusal } from './refusal.ts'

/** How the embedded server was asked to run. */
export type Settings = {
  readonly host: string
  readonly port: number
  readonly folder: string
  /** The owner's root token when the environment gives one; else the folder keeps it. */
  readonly token: string | null
  /** Which runs of Actions get a token, as JSON; empty where none does. */
  readonly trust: string
  readonly cloudflare: Cloudflare
  readonly github: Github
}

/** Which Cloudflare account the Worker works on. A real one is never taken by chance: its address and token go together. */
export type Cloudflare =
  | { readonly kind: 'local'; readonly port: number }
  | { readonly kind: 'real'; readonly accountId: string; readonly token: string }
  | { readonly kind: 'none' }

/** The same for GitHub. */
export type Github =
  | {
      readonly kind: 'local'
      readonly port: number
      /** A Unix socket for gh, and the commands that stand in for an Actions runner. */
      readonly socket: string | undefined
      readonly runner: string | undefined
    }
  | { readonly kind: 'real'; readonly token: string; readonly webhookSecret: string }
  | { readonly kind: 'none' }

/** Reads the environment, and says in one sentence which variable is wrong and how to mend it. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { HOST, PORT, DATA_DIR, CLIENT_AUTH_TOKEN, GITHUB_TRUST } = env
  const settings = {
    host: HOST || '127.0.0.1',
    port: readPort(PORT || '8787', 'PORT', 1),
    folder: resolve(DATA_DIR || '.local'),
    token: CLIENT_AUTH_TOKEN ? readToken(CLIENT_AUTH_TOKEN) : null,
    trust: GITHUB_TRUST ? readTrust(GITHUB_TRUST) : '',
    cloudflare: readCloudflare(env),
    github: readGithub(env),
  }
  provePortsDiffer(portsOf(settings))
  return settings
}

function provePortsDiffer(ports: readonly Port[]): void {
  const chosen = ports.filter(({ port }) => port !== 0)
  for (const { port, variable } of chosen) {
    const first = chosen.find((other) => other.port === port)
    if (first && first.variable !== variable)
      throw new Refusal(`${first.variable} and ${variable} are both ${port}: choose another for one of them.`)
  }
}

/** The Worker checks what it says: to do so here would load all that describes its API. */
function readTrust(text: string): string {
  try {
    JSON.parse(text)
    return text
  } catch {
    throw new Refusal('GITHUB_TRUST is not JSON; docs/running.md shows what it looks like.')
  }
}

function readCloudflare(env: NodeJS.ProcessEnv): Cloudflare {
  const kind = choice('THROUGHLINE_CLOUD', env['THROUGHLINE_CLOUD'])
  if (kind === 'local') return { kind, port: readPort(env['CLOUD_PORT'] || '8788', 'CLOUD_PORT', 0) }
  if (kind === 'none') return { kind }
  const need = (name: string) => needed(name, 'THROUGHLINE_CLOUD', env)
  return { kind, accountId: need('CLOUDFLARE_ACCOUNT_ID'), token: need('CLOUDFLARE_API_TOKEN') }
}

function readGithub(env: NodeJS.ProcessEnv): Github {
  const kind = choice('THROUGHLINE_GITHUB', env['THROUGHLINE_GITHUB'])
  const { GITHUB_PORT, GITHUB_SOCKET, GITHUB_RUNNER } = env
  if (kind === 'local') {
    const port = readPort(GITHUB_PORT || '8789', 'GITHUB_PORT', 0)
    return { kind, port, socket: fileAt(GITHUB_SOCKET), runner: fileAt(GITHUB_RUNNER) }
  }
  if (kind === 'none') return { kind }
  const need = (name: string) => needed(name, 'THROUGHLINE_GITHUB', env)
  return { kind, token: need('GITHUB_TOKEN'), webhookSecret: need('GITHUB_WEBHOOK_SECRET') }
}

function fileAt(text: string | undefined): string | undefined {
  return text ? resolve(text) : undefined
}

function choice(name: string, value: string | undefined): 'local' | 'real' | 'none' {
  const kind = value || 'local'
  if (kind === 'local' || kind === 'real' || kind === 'none') return kind
  throw new Refusal(`${name} is local, real or none; it is ${JSON.stringify(value)}.`)
}

/** Tests and the demo make and delete things: they never do so on a real account. */
export function refuseRealAccounts(env: NodeJS.ProcessEnv, who: 'The tests never work' | 'The demo never works'): void {
  for (const name of ['THROUGHLINE_CLOUD', 'THROUGHLINE_GITHUB']) {
    if (env[name] === 'real') throw new Refusal(`${who} on real accounts: unset ${name}, which is real.`)
  }
}

function needed(name: string, asker: string, env: NodeJS.ProcessEnv): string {
  const value = env[name]
  if (!value) throw new Refusal(`${asker}=real needs ${name}, which is not set.`)
  return value
}

/** A port that is to be listened on, and the variable that names it. */
export type Port = { readonly host: string; readonly port: number; readonly variable: string }

/** Every port that must be free. */
export function portsOf({ host, port, cloudflare, github }: Settings): Port[] {
  return [
    { host, port, variable: 'PORT' },
    ...(cloudflare.kind === 'local' ? [{ host, port: cloudflare.port, variable: 'CLOUD_PORT' }] : []),
    ...(github.kind === 'local' ? [{ host, port: github.port, variable: 'GITHUB_PORT' }] : []),
  ]
}

/** The server's address as a person types it. */
export function addressFor({ host, port }: Pick<Settings, 'host' | 'port'>): string {
  return `http://${reachable(host)}:${port}`
}

/** How this machine reaches a host that is listened on, as it stands in an address. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

/** @param least 0 where any free port will do, since nobody has to know it beforehand */
export function readPort(text: string, name: string, least: 0 | 1): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= least && port <= 65_535) return port
  throw new Refusal(`${name} must be a number from ${least} to 65535; it is ${JSON.stringify(text)}.`)
}

function readToken(text: string): string {
  if (isTokenForm(text)) return text
  const why = /[\r\n]/.test(text)
    ? ' It holds a line break: it was probably read from a file with its last newline.'
    : ''
  throw new Refusal(`CLIENT_AUTH_TOKEN must be 40 to 80 characters of 0-9 A-Z a-z _ -.${why}`)
}
