import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What becomes of each piece of a body. */
export type Rewrite = (piece: Buffer) => Buffer

/**
 * Runs the machine's `git http-backend` for one request, streaming both ways, and waits for its end.
 * The answer stays open, so that whoever called can still do something before the client goes on.
 */
export async function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  env: Record<string, string>,
  rewrite: Rewrite = (piece) => piece,
): Promise<void> {
  const child = spawn('git', ['http-backend'], { env, stdio: 'pipe' })
  const errors: Buffer[] = []
  child.stderr.on('data', (piece: Buffer) => errors.push(piece))
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  // A client that goes away in the middle must not leave git waiting for the rest.
  response.on('close', () => child.stdin.destroy())
  const ended = once(child, 'close')
  await passAnswer(child, response, rewrite)
  const [code] = await ended
  if (code !== 0) console.error(`git http-backend ended with ${code}: ${Buffer.concat(errors).toString().trim()}`)
  if (!response.headersSent) response.writeHead(500)
}

async function passAnswer(
  child: ChildProcessWithoutNullStreams,
  response: ServerResponse,
  rewrite: Rewrite,
): Promise<void> {
  let head = Buffer.alloc(0)
  for await (const piece of child.stdout) {
    if (response.headersSent) {
      await write(response, rewrite(piece))
      continue
    }
    head = Buffer.concat([head, piece])
    const cut = head.indexOf('\r\n\r\n')
    if (cut < 0) continue
    const { status, headers } = parseHead(head.subarray(0, cut).toString())
    response.writeHead(status, headers)
    await write(response, rewrite(head.subarray(cut + 4)))
  }
}

/** Keeps to the client's pace; a client that is gone no longer counts. */
async function write(response: ServerResponse, piece: Buffer): Promise<void> {
  if (piece.length === 0 || response.destroyed || response.write(piece)) return
  const waiting = new AbortController()
  const { signal } = waiting
  await Promise.race(
    [once(response, 'drain', { signal }), once(response, 'close', { signal })].map((each) => each.catch(() => {})),
  )
  waiting.abort()
}

function parseHead(text: string): { readonly status: number; readonly headers: [string, string][] } {
  const headers = text.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1] ?? '200'
  return { status: Number.parseInt(status, 10), headers: headers.filter(([name]) => name.toLowerCase() !== 'status') }
}
