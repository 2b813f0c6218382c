import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isSecretName } from '../../worker/platform/redact.ts'
import type { Secrets } from '../../worker/platform/redact.ts'
import type { Call } from './arguments.ts'
import { childProcess } from './child-process.ts'
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
const largest = 4_000_000

/** Asks git about the folder of a configuration; whatever it does not know, or not until the signal, is left out. */
export async function readSource(folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Source> {
  if (!isInRepository(folder, env)) return {}
  const [status, remote] = await Promise.all([
    git(['--no-optional-locks', 'status', '--porcelain=v2', '--branch'], { cwd: folder, env, signal }),
    git(['config', '--get', 'remote.origin.url'], { cwd: folder, env, signal }),
  ])
  if (status === null) return {}
  const { 'branch.oid': commit, 'branch.head': branch } = headersOf(status)
  const repository = repositoryIn(remote?.trim() ?? '')
  return {
    ...(repository && { repository }),
    ...(branch && branch !== '(detached)' && { branch }),
    ...(commit && /^[0-9a-f]{7,64}$/.test(commit) && { commit_sha: commit }),
    dirty: status.split('\n').some((line) => line !== '' && !line.startsWith('#')),
  }
}

/** Looks for it before two programs are started for nothing. */
function isInRepository(folder: string, env: NodeJS.ProcessEnv): boolean {
  if (env['GIT_DIR'] || existsSync(join(folder, '.git'))) return true
  const parent = dirname(folder)
  return parent !== folder && isInRepository(parent, env)
}

function headersOf(status: string): Partial<Record<string, string>> {
  const headers = [...status.matchAll(/^# (branch\.\w+) (.+)$/gm)]
  return Object.fromEntries(headers.map(([, name, value]) => [name, value]))
}

/** `owner/name` of a remote's address: `git@host:owner/name.git`, `https://host/owner/name`. */
function repositoryIn(remote: string): string | null {
  return /[/:]([\w.-]{1,99}\/[\w.-]{1,99}?)(?:\.git)?\/?$/.exec(remote)?.[1] ?? null
}

type Asked = { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal }

/** In a group of its own, so that Ctrl+C in the terminal does not end it: `execFile` cannot do that. */
async function git(args: readonly string[], { cwd, env, signal }: Asked): Promise<string | null> {
  return new Promise((resolve) => {
    const child = childProcess().spawn('git', args, { cwd, env, stdio: ['ignore', 'pipe', 'ignore'], detached: true })
    const end = () => endGroup(child)
    const timer = setTimeout(end, patienceMs)
    const pieces: Buffer[] = []
    let length = 0
    child.stdout.on('data', (piece: Buffer) => {
      length += piece.length
      if (length > largest) end()
      else pieces.push(piece)
    })
    const finish = (text: string | null) => {
      clearTimeout(timer)
      resolve(text)
    }
    child
      .on('error', () => finish(null))
      .on('close', (code) => finish(code === 0 ? String(Buffer.concat(pieces)) : null))
    signal.addEventListener('abort', end)
  })
}

/** What git has started, such as a monitor of its files, ends with it, and keeps nobody waiting. */
function endGroup(child: ChildProcess): void {
  child.stdout?.destroy()
  try {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
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
