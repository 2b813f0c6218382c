import { fileURLToPath } from 'node:url'
import type { Miniflare } from 'miniflare'
import { benchOptions, open, withSeededFolder } from './seeded-folder.ts'
import { rootToken } from './server.ts'

/** An answer's JSON and how many rows D1 read and wrote for it, an index's rows included. */
export type Metered = { readonly body: unknown; readonly rowsRead: number; readonly rowsWritten: number }
/** Asks the server; with a body it posts. */
export type Ask = (path: string, body?: string, headers?: Record<string, string>) => Promise<Metered>

/** The Worker on a seeded database for as long as the work takes; a `share` of 1 is the whole of it. */
export async function withSeeded<Result>(share: number, work: (ask: Ask) => Promise<Result>): Promise<Result> {
  return withSeededFolder(share, (folder) => withMetered(folder, work))
}

/** The same on a folder that is seeded already. */
export async function withMetered<Result>(folder: string, work: (ask: Ask) => Promise<Result>): Promise<Result> {
  const entry = fileURLToPath(new URL('metered-worker.ts', import.meta.url))
  const server = open(folder, [await benchOptions(entry)])
  try {
    return await work((...call) => ask(server, ...call))
  } finally {
    await server.dispose()
  }
}

async function ask(server: Miniflare, ...[path, body, more]: Parameters<Ask>): Promise<Metered> {
  const headers = { authorization: `Bearer ${rootToken}`, 'content-type': 'application/json', ...more }
  const init = body === undefined ? { headers } : { method: 'POST', headers, body }
  const response = await server.dispatchFetch(`http://throughline.bench${path}`, init)
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  const rowsRead = Number(response.headers.get('rows-read') ?? NaN)
  const rowsWritten = Number(response.headers.get('rows-written') ?? NaN)
  return { body: await response.json(), rowsRead, rowsWritten }
}
