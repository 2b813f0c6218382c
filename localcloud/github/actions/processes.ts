import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { commandOf } from '../git/orphans.ts'

/**
 * The command as the leader of a group of its own. It writes its end into a file itself, so that a server which was
 * killed meanwhile finds out how it ended.
 */
const script = 'end="$1"; shift; "$@"; echo $? > "$end.part"; mv "$end.part" "$end"'

export type Command = {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** Where a job leaves what it says and how it ended. */
export type Traces = { readonly log: string; readonly end: string }

export function tracesIn(folder: string): Traces {
  return { log: join(folder, 'log'), end: join(folder, 'end') }
}

/** Starts a command. @returns its process, or null when there is no such folder. */
export function startCommand({ argv, cwd, env }: Command, { log, end }: Traces): number | null {
  const output = openSync(log, 'a', 0o600)
  try {
    const child = spawn('/bin/sh', ['-c', script, 'sh', end, ...argv], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', output, output],
    })
    // A folder that is not there is told by an event; the end that never comes tells it to us.
    child.on('error', () => {})
    child.unref()
    return child.pid ?? null
  } finally {
    closeSync(output)
  }
}

/** How a command ended; null while it has not. */
export function endOf({ end }: Traces): number | null {
  return existsSync(end) ? Number(readFileSync(end, 'utf8')) : null
}

/** Whether this process is still the command that leaves these traces: numbers are given again. */
export function isRunning(process: number, { end }: Traces): boolean {
  return commandOf(process).includes(end)
}

/** Waits until the command has ended or `limit` is over. @returns its exit code; null when it left none. */
export async function awaitEnd(
  process: number,
  traces: Traces,
  limit: number,
  stopped: AbortSignal,
): Promise<number | null> {
  const last = Date.now() + limit
  while (Date.now() < last && !stopped.aborted) {
    const running = isRunning(process, traces)
    const code = endOf(traces)
    if (code !== null || !running) return code
    await pause(pace)
  }
  return endOf(traces)
}

const pace = 50

/** Ends a command with all that it started: first asked, then forced. */
export async function endCommand(leader: number, traces: Traces): Promise<void> {
  // Its number is only given again when nobody of its group is left, so the group needs no other proof from here on.
  if (!isRunning(leader, traces) || !signal(leader, 'SIGTERM')) return
  for (let waited = 0; signal(leader, 0) && waited < grace; waited += pace) await pause(pace)
  signal(leader, 'SIGKILL')
}

const grace = 3_000

/** Tells a whole group. False when nobody is there any more. */
function signal(leader: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, name)
  } catch {
    return false
  }
}
