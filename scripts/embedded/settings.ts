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
}

/** Reads the environment, and says in one sentence which variable is wrong and how to mend it. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { HOST, PORT, DATA_DIR, CLIENT_AUTH_TOKEN } = env
  return {
    host: HOST || '127.0.0.1',
    port: readPort(PORT || '8787'),
    folder: resolve(DATA_DIR || '.local'),
    token: CLIENT_AUTH_TOKEN ? readToken(CLIENT_AUTH_TOKEN) : null,
  }
}

/** The server's address as a person types it. */
export function addressFor({ host, port }: Settings): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new Refusal(`PORT must be a number from 1 to 65535; it is ${JSON.stringify(text)}.`)
}

function readToken(text: string): string {
  if (isTokenForm(text)) return text
  const why = /[\r\n]/.test(text)
    ? ' It holds a line break: it was probably read from a file with its last newline.'
    : ''
  throw new Refusal(`CLIENT_AUTH_TOKEN must be 40 to 80 characters of 0-9 A-Z a-z _ -.${why}`)
}
