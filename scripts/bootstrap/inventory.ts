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
    const lacking = server && (await notListed(server, world.state))
    if (server === null || lacking === null) return open('lists what the control plane is made of')
    return lacking.length === 0 ? done(await story(server, world)) : open(`waits for ${lacking.length} resources`)
  },
  async take(world) {
    const server = await reach(world)
    if (server === null) throw new Refusal('The control plane has stopped answering.')
    for (let time = 0; time < patience.tries; time++) {
      if ((await notListed(server, world.state))?.length === 0) return story(server, world)
      await sleep(patience.pauseMs)
    }
    throw new Refusal(`The dashboard does not list all of ${world.state}: GET /api/states tells how far it is.`)
  },
}

const Page = z.object({ resources: z.array(z.object({ address: z.string(), cloud_id: z.string().nullable() })) })
const Dashboard = z.object({ infrastructure: z.object({ total_resources: z.int() }) })

async function listed(server: Server, state: string) {
  const query = new URLSearchParams({ state, limit: '100' })
  return Page.parse(await server.json(`/api/resources?${query}`)).resources
}

/** Addresses of the state that the inventory lacks; null without a state. */
async function notListed(server: Server, state: string): Promise<string[] | null> {
  const file = await readNewest(server, state)
  if (file === null) return null
  const known = new Set((await listed(server, state)).map(({ address }) => address))
  return platformIn(file).addresses.filter((address) => !known.has(address))
}

async function story(server: Server, { state }: World): Promise<string> {
  const { infrastructure } = Dashboard.parse(await server.json('/api/dashboard'))
  const resources = await listed(server, state)
  const lines = resources.map(({ address, cloud_id: id }) => `    ${address}${id === null ? '' : `  ${id}`}`)
  return [`${infrastructure.total_resources} resources; of ${state}`, ...lines].join('\n')
}
