import http from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { Miniflare } from 'miniflare'
import type { MiniflareOptions } from 'miniflare'
import { waitForValues } from './waiting.ts'

/** A Miniflare that neither ends our process, nor opens a door to it, nor mistakes one reply for another. */
export function makeMiniflare(options: MiniflareOptions): Miniflare {
  guardLoopback()
  waitForValues()
  return withoutSignals(() => new Miniflare(options))
}

/** Miniflare ends the process at a signal, with a code that says failure: what it listens to is taken off again. */
function withoutSignals<Made>(make: () => Made): Made {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)))
  const made = make()
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) if (!before.has(listener)) process.off(signal, listener)
  }
  return made
}

let isGuarded = false

/**
 * Closes Miniflare's loopback server to all but its own runtime's log. It listens on a port of this machine, asks nobody
 * who they are, and writes files wherever it is told (`/core/store-temp-file`): any page in a browser and any deployed
 * script could have done so.
 */
function guardLoopback(): void {
  if (isGuarded) return
  isGuarded = true
  const { createServer } = http
  const guarded = (...given: Parameters<typeof createServer>): Server => {
    const listener: unknown = given.at(-1)
    return isLoopback(listener) ? guardedServer(createServer, listener) : createServer(...given)
  }
  Object.assign(http, { createServer: guarded })
}

/** Miniflare's listener has no other mark than its name; a test sees whether it still has it. */
function isLoopback(listener: unknown): listener is RequestListener {
  return typeof listener === 'function' && listener.name === '#handleLoopback'
}

function guardedServer(create: typeof http.createServer, listener: RequestListener): Server {
  const server = create((request, response) => {
    if (isLog(request)) return listener(request, response)
    return response.writeHead(404).end()
  })
  // Without a listener for upgrades they are requests like others.
  server.on('newListener', (event) => {
    if (event === 'upgrade') queueMicrotask(() => server.removeAllListeners('upgrade'))
  })
  return server
}

/** Other headers of Miniflare's would lead the request elsewhere. */
function isLog({ url, headers }: IncomingMessage): boolean {
  const known = new Set(['mf-log-level', 'mf-cf-blob'])
  return url === '/core/log' && Object.keys(headers).every((name) => !name.startsWith('mf-') || known.has(name))
}
