import { Server } from '../cli/api.ts'
import type { Run } from '../cli/command.ts'
import { tell } from '../cli/output.ts'
import { accessOf, readSettings } from '../cli/settings.ts'
import { homeFor } from './home.ts'
import { deliverLeftovers } from './leftovers.ts'

const patienceMs = 600_000

/** `throughline deliver`: sends the records that wait on this machine. */
export const deliverWaiting: Run = async () => {
  const server = new Server(accessOf(readSettings(process.env)))
  const home = homeFor(process.env)
  const { delivered, waiting, rejected, reasons } = await deliverLeftovers(home, server, patienceMs)
  server.close()
  process.stdout.write(`${runs(delivered)} delivered, ${waiting} waiting, ${rejected} refused.\n`)
  for (const reason of reasons) tell(reason)
  if (reasons.size > 0 && waiting === 0) tell(`What was refused is kept in ${home}/rejected.`)
  return waiting + rejected > 0 ? 1 : 0
}

function runs(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`
}
