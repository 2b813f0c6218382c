import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { listen } from '../listen.ts'
import { headers } from './protocol.ts'

/** What the runtime's Workers ask of this process. */
export type Asked = {
  /** A message, or a batch, from a queue's binding; the path below the queue is the binding's own. */
  readonly send: (queue: string, path: string, request: Request) => Promise<Response>
  readonly secret: (store: string, name: string) => string | null
  readonly trace: (trace: Trace) => void
}

/** Traces of one script, and the consumers that do not run here. */
export type Trace = { readonly key: string; readonly outside: readonly string[]; readonly events: readonly object[] }

/** A server for the runtime alone: whoever lacks the key learns nothing. */
export class Host {
  readonly #server
  #address = ''

  constructor(key: string, asked: Asked) {
    const app = new Hono()
    app.use(async (c, next) => {
      if (c.req.header(headers.key) !== key) return c.body(null, 403)
      return next()
    })
    app.all('/queue/:queue/*', (c) => {
      const queue = c.req.param('queue')
      return asked.send(queue, c.req.path.slice(`/queue/${queue}`.length), c.req.raw)
    })
    app.get('/secret/:store/:name', (c) => {
      const value = asked.secret(c.req.param('store'), c.req.param('name'))
      return value === null ? c.body(null, 404) : c.body(value)
    })
    app.post('/tail', async (c) => {
      asked.trace(await c.req.json<Trace>())
      return c.body(null, 204)
    })
    const listener = getRequestListener(app.fetch)
    this.#server = createServer((request, response) => void listener(request, response))
  }

  /** As `host:port`. */
  get address(): string {
    return this.#address
  }

  async start(): Promise<void> {
    const { host, port } = await listen(this.#server, '127.0.0.1', 0)
    this.#address = `${host}:${port}`
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
