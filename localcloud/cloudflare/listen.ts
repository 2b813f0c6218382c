import { once } from 'node:events'
import type { Server } from 'node:http'
import { sentence } from '../../scripts/embedded/port.ts'
import { Refusal, codeOf } from '../../scripts/embedded/refusal.ts'
import { reachable } from '../../scripts/embedded/settings.ts'

/** Lets a server listen; returns where this machine reaches it. */
export async function listen(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    throw new Refusal(sentence({ host, port, variable: 'CLOUD_PORT' }, codeOf(error)))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.')
  return { host: reachable(address.address), port: address.port }
}
