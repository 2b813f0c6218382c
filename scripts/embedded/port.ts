import { createServer } from 'node:net'
import { Refusal, codeOf } from './refusal.ts'
import type { Port } from './settings.ts'

/** Listens for a moment where the server will: the runtime itself would tell a taken port as a crash of its own. */
export async function provePortIsFree(wanted: Port): Promise<void> {
  const { host, port } = wanted
  const probe = createServer()
  await new Promise<void>((done, fail) => {
    probe.once('error', (error) => fail(new Refusal(sentence(wanted, codeOf(error)))))
    probe.listen(port, host, () => probe.close(() => done()))
  })
}

/** Why a port cannot be listened on. */
export function sentence({ host, port, variable }: Port, code: string): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken: stop what uses it, or choose another with ${variable}.`
  if (code === 'EACCES')
    return `Port ${port} needs rights that this user lacks: choose one above 1023 with ${variable}.`
  return `This machine cannot listen on HOST ${host} (${code}).`
}
