import { spawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a process that does not outlive the bench. */
export function start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options)
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.once('error', () => running.delete(child))
  return child
}

/** `output` is what it printed, errors too. */
type Finished = { readonly code: number | null; readonly stdout: string; readonly output: string }

/** Runs a command to its end and returns all it printed. @throws Error when it cannot be started or takes too long. */
export async function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  const child = start(command, args, { timeout: 240_000, ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, output]: [string[], string[]] = [[], []]
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => output.push(text))
  }
  child.stdout?.on('data', (text: string) => stdout.push(text))
  const [code]: unknown[] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, stdout: stdout.join(''), output: output.join('') }
}

/** Asks a process to end, and waits until it has. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(impatience)
}

/** Waits until none of these processes is left; one that stays is killed. */
export async function gone(ids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 10_000
  while (ids.some((id) => signalled(id, 0)) && Date.now() < deadline) await sleep(20)
  for (const id of ids) signalled(id, 'SIGKILL')
}

/** Whether there was such a process. */
function signalled(id: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(id, signal)
  } catch {
    return false
  }
}

/** The first line of a command's output, or null when there is no such command. */
export async function firstLine(command: string, args: readonly string[]): Promise<string | null> {
  try {
    const { code, stdout } = await run(command, args, { timeout: 10_000 })
    return code === 0 ? (stdout.split('\n')[0] ?? '') : null
  } catch {
    return null
  }
}

/** CPU time of the finished children of this process, in milliseconds; only Linux tells. */
export async function childrenCpu(): Promise<number> {
  const fields = await statOf(process.pid)
  return fields === null ? NaN : cpu(fields, 13)
}

/** A process and all below it, by id; empty where there is no `/proc`. */
export async function tree(root: number): Promise<number[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(ids.map(async (id) => [id, Number((await statOf(id))?.[1] ?? 0)] as const))
  const found = new Set([root])
  for (let size = 0; size < found.size;) {
    size = found.size
    for (const [id, parent] of parents) if (found.has(parent)) found.add(id)
  }
  return ids.filter((id) => found.has(id))
}

/** Memory of processes in bytes: the proportional set size, which counts a page shared by two processes once. */
export async function memory(ids: readonly number[]): Promise<number> {
  const sizes = ids.map(async (id) => {
    const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '')
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** CPU time that processes have used, in milliseconds. */
export async function cpuOf(ids: readonly number[]): Promise<number> {
  const times = ids.map(async (id) => {
    const fields = await statOf(id)
    return fields === null ? 0 : cpu(fields, 11)
  })
  return (await Promise.all(times)).reduce((sum, ms) => sum + ms, 0)
}

/** The fields of `/proc/<id>/stat` after the name, which may hold spaces. */
async function statOf(id: number): Promise<string[] | null> {
  const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => null)
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** User and system time stand side by side, in hundredths of a second. */
function cpu(fields: readonly string[], at: number): number {
  return (Number(fields[at]) + Number(fields[at + 1])) * 10
}
