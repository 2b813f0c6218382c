import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Keeps tools from calling anybody, and wrangler from asking questions. */
export const quiet = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  DO_NOT_TRACK: '1',
}

/** A tool that takes longer hangs, in milliseconds. */
const patience = 52 * 60_000

/** Runs a tool of node_modules in the repository, its output shown unless told otherwise, and returns its exit code. */
export function runTool([name = '', ...args]: readonly string[], stdout: 'inherit' | 'ignore' = 'inherit'): number {
  const { status, error } = spawnSync(join(root, 'node_modules/.bin', name), args, {
    cwd: root,
    env: { ...process.env, ...quiet },
    stdio: ['ignore', stdout, 'inherit'],
    timeout: patience,
    killSignal: 'SIGKILL',
    shell: process.platform === 'win32',
  })
  if (error) console.error(`${name} could not be run: ${error.message}`)
  return status ?? 1
}
