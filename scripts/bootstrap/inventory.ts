import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Server } from '../cli/api.ts'
import { readNewest } from '../cli/states/backend.ts'
import { Refusal } from '../embedded/refusal.ts'
import { reach } from './control-plane.ts'
import { platformIn } from './state-file.ts'
import { done, open } from './step.ts'
import type { Step } from './step.ts'
import type { World } from './world.ts'

/** The inventory follows a write within a second, or with the next cron. */
const patience = { tries: 240, pauseMs: 500 }

/** The control plane knows what it is made of. */
export const inventory: Step = {
  title: 'dashboard',
  async look(world) {
    const server = await reach(world)
    if (server === null) return open('lists what the control plane is made of')
    return (await isListed(server, world.state)) ? done(await story(server, world)) : open('waits for the inventory')
  },
  async take(world) {
    const server = await reach(world)
    if (server === null) throw new Refusal('The control plane has stopped answering.')
    for (let time = 0; time < patience.tries; time++) {
      if (await isListed(server, world.state)) return story(server, world)
      await sleep(patience.pauseMs)
    }
    throw new Refusal(
      `The dashboard does not tell of the newest ${world.state}; throughline state list tells what it has.`,
    )
  },
}

const Page = z.object({ resources: z.array(z.object({ address: z.string(), cloud_id: z.string().nullable() })) })
const Followed = z.object({ lineage: z.string().nullable(), serial: z.int().nullable() })
const Dashboard = z.object({ infrastructure: z.object({ total_resources: z.int() }) })

async function listed(server: Server, state: string) {
  const query = new URLSearchParams({ state, limit: '100' })
  return Page.parse(await server.json(`/api/resources?${query}`)).resources
}

/** Whether the inventory is that of the newest version, not of one before, and has all that is in it. */
async function isListed(server: Server, state: string): Promise<boolean> {
  const newest = await readNewest(server, state)
  const answer = await server.ask(`/api/states/${encodeURIComponent(state)}`)
  if (newest === null || answer.status !== 200) return false
  const { lineage, serial } = Followed.parse(JSON.parse(answer.body))
  const known = new Set((await listed(server, state)).map(({ address }) => address))
  const isNewest = lineage === newest.lineage && serial === newest.serial
  return isNewest && platformIn(newest).addresses.every((address) => known.has(address))
}

async function story(server: Server, { state }: World): Promise<string> {
  const { infrastructure } = Dashboard.parse(await server.json('/api/dashboard'))
  const resources = await listed(server, state)
  const lines = resources.map(({ address, cloud_id: id }) => `    ${address}${id === null ? '' : `  ${id}`}`)
  return [`${infrastructure.total_resources} resources; of ${state}`, ...lines].join('\n')
}
