import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { gone, start, stop, tree } from './processes.ts'

export const repository = join(import.meta.dirname, '../..')

/** The owner's token of the servers that the bench starts. */
export const rootToken = 'root-token-of-the-bench-0123456789-0123456789'

const serverCommand = [process.execPath, join(repository, 'scripts/start.ts')]

export type Server = {
  readonly url: string
  readonly pid: number
  /** From the start of the process to its line of readiness, in milliseconds. */
  readonly readyMs: number
  readonly stop: () => Promise<void>
}

/** Only the server itself, without the clouds beside it. */
const alone = { THROUGHLINE_CLOUD: 'none', THROUGHLINE_GITHUB: 'none' }

/** Starts the real server on its own folder and port. */
export async function startServer(
  folder: string,
  command: readonly string[] = serverCommand,
  clouds: Readonly<Record<string, string>> = alone,
): Promise<Server> {
  const [program = '', ...args] = command
  const place = { DATA_DIR: folder, PORT: String(await freePort()), CLIENT_AUTH_TOKEN: rootToken }
  const env = { ...process.env, ...clouds, ...place }
  const began = performance.now()
  const child = start(program, args, { cwd: repository, env, stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout === null || child.pid === undefined) throw new Error(`${program} did not start.`)
  const impatience = setTimeout(() => child.kill('SIGKILL'), 60_000)
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /ready: (http:\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    clearTimeout(impatience)
    child.stdout.resume()
    const readyMs = performance.now() - began
    const { pid } = child
    return { url, pid, readyMs, stop: () => stopTree(child, pid) }
  }
  clearTimeout(impatience)
  throw new Error('The server ended before it was ready.')
}

/** npm ends before what it started does. */
async function stopTree(child: ChildProcess, pid: number): Promise<void> {
  const ids = await tree(pid)
  await stop(child)
  await gone(ids)
}

const Issued = z.object({ token: z.string() })

/** A client token with these scopes. */
export async function issueToken(url: string, scopes: readonly string[]): Promise<string> {
  const response = await fetch(new URL('/api/tokens', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${rootToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', scopes }),
  })
  if (response.status !== 201) throw new Error(`No token was issued: ${response.status} ${await response.text()}`)
  return Issued.parse(await response.json()).token
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', resolve)
  })
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}
