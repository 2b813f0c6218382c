import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Refusal } from '../../../scripts/embedded/refusal.ts'

/** The first release that merges without a work tree. */
const oldest = [2, 38] as const

/** Refuses to start without a git that can do all this. */
export function proveGit(path: string): void {
  const { stdout } = spawnSync('git', ['--version'], { env: { PATH: path }, encoding: 'utf8' })
  const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(stdout ?? '')?.map(Number) ?? []
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return
  const has = major === 0 ? 'there is none' : `this is ${major}.${minor}`
  throw new Refusal(`The local GitHub needs git ${oldest.join('.')} or newer in PATH; ${has}.`)
}

export type GitResult = { readonly code: number; readonly out: Buffer; readonly err: string }
export type GitInput = { readonly input?: string | Buffer; readonly env?: Readonly<Record<string, string>> }

/** Nothing of this machine's or this user's git configuration may change what the local GitHub does. */
const settled = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
}

/** Settings for every git command; no background work may outlive its command. */
const configuration: readonly (readonly [string, string])[] = [
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['receive.autogc', 'false'],
  ['core.quotePath', 'false'],
  ['core.logAllRefUpdates', 'false'],
  // Only a push that was let in turns it on.
  ['http.receivepack', 'false'],
  ['http.uploadpack', 'true'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['uploadpack.allowFilter', 'true'],
  ['receive.advertisePushOptions', 'true'],
  ['receive.hideRefs', 'refs/pull'],
  ['receive.denyDeleteCurrent', 'refuse'],
  ['safe.directory', '*'],
]

/** The whole environment of a git command: what is inherited is the search path and no more. */
export function gitEnvironment(path: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const counted = configuration.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return {
    PATH: path,
    HOME: '/nonexistent',
    ...settled,
    GIT_CONFIG_COUNT: String(configuration.length),
    ...Object.fromEntries(counted),
    ...more,
  }
}

/** Runs git in a repository and waits for its end. Nothing is interpreted by a shell. */
export async function runGit(
  folder: string,
  environment: Record<string, string>,
  args: readonly string[],
  { input, env }: GitInput = {},
): Promise<GitResult> {
  // No name of anything holds one, and no program can be told of it.
  if (args.some((arg) => arg.includes('\0'))) return { code: 128, out: Buffer.alloc(0), err: 'fatal: null byte' }
  const child = spawn('git', args, { cwd: folder, env: { ...environment, ...env }, stdio: 'pipe' })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => out.push(piece))
  child.stderr.on('data', (piece: Buffer) => err.push(piece))
  // A command that does not read all of its input closes the pipe; its exit code tells the rest.
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  const [code] = await once(child, 'close')
  return { code: Number(code ?? 255), out: Buffer.concat(out), err: Buffer.concat(err).toString() }
}
