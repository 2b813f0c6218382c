import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { Refusal } from '../embedded/refusal.ts'

const Credentials = z.object({
  client_auth_token: z.string(),
  cloudflare: z.object({ api_url: z.string(), account_id: z.string(), api_token: z.string() }),
  github: z.object({ api_url: z.string(), token: z.string() }),
})

/** A server with both clouds that runs, and how it is reached. */
export type DemoServer = z.infer<typeof Credentials> & { readonly url: string; readonly stop: () => Promise<void> }

/** Starts the real server on free ports. It never works on real accounts, whatever the shell says. */
export async function startDemoServer(folder: string): Promise<DemoServer> {
  const ports = { PORT: String(await freePort()), CLOUD_PORT: '0', GITHUB_PORT: '0' }
  const local = { THROUGHLINE_CLOUD: 'local', THROUGHLINE_GITHUB: 'local', CLIENT_AUTH_TOKEN: '', HOST: '' }
  const child = spawn(process.execPath, [join(import.meta.dirname, '../start.ts')], {
    env: { ...process.env, ...local, ...ports, DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /is ready: (http:\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    child.stdout.resume()
    const text = await readFile(join(folder, 'credentials.json'), 'utf8')
    return { ...Credentials.parse(JSON.parse(text)), url, stop }
  }
  throw new Refusal('The server did not start.')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}
