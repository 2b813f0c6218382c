import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, Socket, isIP } from 'node:net'
import type { Context } from 'hono'
import { z } from 'zod'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const Env = z.object({ incoming: z.object({ socket: z.instanceof(Socket) }) })

/** Where a call comes from. What a header says of it anybody could have written. */
export function callerAddress(c: Context): string {
  const { socket } = Env.parse(c.env).incoming
  return socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1'
}

/**
 * Whether a call may be for the account itself. A page of the web can let a name of its own lead to this machine, and a
 * browser would then let it read what is here: while only this machine is listened on, only its own names are answered.
 */
export function isOwnName({ host = '' }: IncomingHttpHeaders, listening: string): boolean {
  const name = host.replace(/:\d*$/, '').replaceAll(/[[\]]/g, '').toLowerCase()
  return !isLoopback(listening) || isLoopback(name) || name === listening.toLowerCase()
}

function isLoopback(name: string): boolean {
  const family = isIP(name)
  if (family === 0) return /^(.+\.)?localhost$/i.test(name)
  return loopback.check(name, family === 6 ? 'ipv6' : 'ipv4')
}
