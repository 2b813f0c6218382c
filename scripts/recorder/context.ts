import { execFile } from 'node:child_process'
import { hostname, userInfo } from 'node:os'
import { isSecretName } from '../../worker/platform/redact.ts'
import type { Secrets } from '../../worker/platform/redact.ts'
import type { Call } from './arguments.ts'
import { limits, reportable } from './limits.ts'

/** Where a run comes from, as the server takes it. */
export type Source = {
  readonly repository?: string
  readonly branch?: string
  readonly commit_sha?: string
  readonly dirty?: boolean
}

/** A repository that answers more slowly is left out. */
const patienceMs = 5000

/** Who runs this: `alice@laptop`. */
export function actor(): string {
  return `${userName()}@${hostname()}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run under a number that nobody has a name for.
    return String(process.getuid?.() ?? 'unknown')
  }
}

/** Asks git about the folder of a configuration; whatever it does not know is left out. */
export async function readSource(folder: string, env: NodeJS.ProcessEnv): Promise<Source> {
  const [status, remote] = await Promise.all([
    git(['--no-optional-locks', 'status', '--porcelain=v2', '--branch'], folder, env),
    git(['config', '--get', 'remote.origin.url'], folder, env),
  ])
  if (status === null) return {}
  const { 'branch.oid': commit, 'branch.head': branch } = headersOf(status)
  const repository = repositoryIn(remote?.trim() ?? '')
  return {
    ...(repository && repository.length <= 200 && { repository }),
    ...(branch && branch !== '(detached)' && { branch }),
    ...(commit && /^[0-9a-f]{7,64}$/.test(commit) && { commit_sha: commit }),
    dirty: status.split('\n').some((line) => line !== '' && !line.startsWith('#')),
  }
}

function headersOf(status: string): Partial<Record<string, string>> {
  const headers = [...status.matchAll(/^# (branch\.\w+) (.+)$/gm)]
  return Object.fromEntries(headers.map(([, name, value]) => [name, value]))
}

/** `owner/name` of a remote's address: `git@host:owner/name.git`, `https://host/owner/name`. */
function repositoryIn(remote: string): string | null {
  return /[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(remote)?.[1] ?? null
}

async function git(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: patienceMs, maxBuffer: 4_000_000, detached: true }
    execFile('git', args, options, (error, stdout) => resolve(error ? null : stdout))
  })
}

/** The command as it was typed, with the values of variables hidden that are secrets by their name or declaration. */
export function commandText(
  tool: string,
  { globals, command, args }: Call,
  sensitive: ReadonlySet<string>,
  secrets: Secrets,
): string {
  const words = [tool, ...globals, ...command.split(' '), ...hideValues(args, sensitive)]
  return reportable(secrets.hide(words.map(quoted).join(' ')), limits.command)
}

function hideValues(args: readonly string[], sensitive: ReadonlySet<string>): string[] {
  return args.map((word, index) => {
    const [, flag = '', name = '', value] = /^(--?var=)?([\w-]+)=([\s\S]*)$/.exec(word) ?? []
    const isValue = value !== undefined && (flag !== '' || /^--?var$/.test(args[index - 1] ?? ''))
    return isValue && (isSecretName(name) || sensitive.has(name)) ? `${flag}${name}=(sensitive)` : word
  })
}

function quoted(word: string): string {
  return /^[\w@%+=:,./()[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
