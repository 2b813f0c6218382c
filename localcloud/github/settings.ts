import { join, resolve } from 'node:path'
import { Refusal } from '../../scripts/embedded/refusal.ts'
import type { Options } from './world.ts'

/** Reads the environment, and says in one sentence which variable is wrong and how to mend it. */
export function readOptions(env: NodeJS.ProcessEnv): Options {
  const { HOST, GITHUB_PORT, DATA_DIR, GITHUB_OWNER, GITHUB_RUNNER, GITHUB_SOCKET, PATH = '' } = env
  return {
    host: HOST || '127.0.0.1',
    port: readPort(GITHUB_PORT || '8789'),
    socket: GITHUB_SOCKET ? resolve(GITHUB_SOCKET) : undefined,
    folder: join(resolve(DATA_DIR || '.local'), 'github'),
    owner: GITHUB_OWNER ? readLogin(GITHUB_OWNER) : undefined,
    runner: GITHUB_RUNNER ? resolve(GITHUB_RUNNER) : undefined,
    path: PATH,
  }
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new Refusal(`GITHUB_PORT must be a number from 0 to 65535; it is ${JSON.stringify(text)}.`)
}

function readLogin(text: string): string {
  if (/^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i.test(text)) return text
  throw new Refusal(`GITHUB_OWNER must be a login: letters, digits and single hyphens; it is ${JSON.stringify(text)}.`)
}
