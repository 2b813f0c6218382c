import { once } from 'node:events'
import type { Server } from 'node:http'
import { Refusal, codeOf } from '../../scripts/embedded/refusal.ts'

/** Lets a server listen; returns where it does. */
export async function listen(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    if (codeOf(error) !== 'EADDRINUSE') throw error
    throw new Refusal(`Port ${port} on ${host} is taken: stop what uses it, or choose another with CLOUD_PORT.`)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.')
  return { host: address.family === 'IPv6' ? `[${address.address}]` : address.address, port: address.port }
}
