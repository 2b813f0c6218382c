import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../embedded/refusal.ts'
import { addressOf, findWorker, isHealthy } from './control-plane.ts'
import { done, open } from './step.ts'
import type { Step } from './step.ts'

/** A new name may have to get about, and its certificate be made. */
const patience = { tries: 150, pauseMs: 2000 }

/** The control plane answers where it will be asked. */
export const answer: Step = {
  title: 'address',
  async look(world) {
    if ((await findWorker(world.account)) === null) return open('waits until the Worker answers')
    const address = await addressOf(world)
    return (await isHealthy(address)) ? done(address) : open(`waits until ${address} answers`)
  },
  async take(world) {
    const address = await addressOf(world)
    for (let time = 0; time < patience.tries; time++) {
      if (await isHealthy(address)) return address
      await sleep(patience.pauseMs)
    }
    throw new Refusal(`${address}/api/health does not answer. npm run bootstrap goes on from here.`)
  },
}
