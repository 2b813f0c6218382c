import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits until its input ends, which the system does when the server is gone, however it went; then kills the runtime.
 * It holds the file with the process id open, because the folder may be gone too.
 */
const watch = `trap '' HUP INT TERM; read -r _; read -r pid <&3 && kill -9 "$pid"`

/**
 * Has the runtime's heaps start small and be collected early. By default each may grow by a hundred megabytes of garbage
 * before it is looked at, which a laptop would rather keep; measured, it costs no speed.
 */
const heapFlags = '--max-semi-space-size=1 --initial-old-space-size=8'

/** A runtime's process tied to ours: what its environment must hold, and what to do when it was stopped in order. */
export type Tie = { readonly env: Readonly<Record<string, string>>; readonly untie: () => void }

/**
 * Ties the runtime to this process. workerd survives a `kill -9` of its parent: it would keep the port, go on writing
 * to the folder, and run a sleeping workflow a second time beside the next server's. Call it before Miniflare starts.
 * @returns what to do when the runtime has been stopped in order.
 */
export async function tieRuntime(folder: string): Promise<() => void> {
  const { env, untie } = await tieInstance(folder, 'workerd')
  Object.assign(process.env, env)
  return untie
}

/**
 * Ties one of several runtimes of this process. Only its own Miniflare may get `env`, as `unsafeRuntimeEnv`; it holds
 * the file that the runtime writes its process id into.
 */
export async function tieInstance(folder: string, name: string): Promise<Tie> {
  const file = join(folder, `${name}.pid`)
  await killLeftover(file)
  const { default: path }: { default: string } = createRequire(import.meta.resolve('miniflare'))('workerd')
  Object.assign(process.env, {
    MINIFLARE_WORKERD_V8_FLAGS: heapFlags,
    MINIFLARE_WORKERD_PATH: join(import.meta.dirname, 'workerd.sh'),
    THROUGHLINE_WORKERD: path,
  })
  writeFileSync(file, '')
  const opened = openSync(file, 'r')
  const watcher = spawn('sh', ['-c', watch], { stdio: ['pipe', 'ignore', 'ignore', opened] })
  closeSync(opened)
  const untie = () => {
    rmSync(file, { force: true })
    watcher.kill('SIGKILL')
  }
  return { env: { THROUGHLINE_WORKERD_PID: file }, untie }
}

/** The folder's lock is ours, so a runtime that still runs on it has lost its server, and its watcher too. */
async function killLeftover(file: string): Promise<void> {
  const pid = pidIn(file)
  if (pid === null) return
  for (let tries = 0; tries < 200 && isRuntime(pid); tries += 1) {
    process.kill(pid, 'SIGKILL')
    await pause(10)
  }
  rmSync(file, { force: true })
}

function pidIn(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(pid) && pid > 1 ? pid : null
  } catch {
    return null
  }
}

/** The number may belong to another program by now. */
function isRuntime(pid: number): boolean {
  return commandOf(pid).includes('workerd')
}

function commandOf(pid: number): string {
  if (process.platform !== 'linux') return spawnSync('ps', ['-o', 'args=', '-p', String(pid)]).stdout.toString()
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
