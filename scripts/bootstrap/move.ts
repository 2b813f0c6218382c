import { reasonIn } from '../cli/api.ts'
import type { Server } from '../cli/api.ts'
import { backendPath, readNewest, send } from '../cli/states/backend.ts'
import { stateFileOf } from '../cli/states/document.ts'
import type { StateFile } from '../cli/states/document.ts'
import { plain } from '../cli/text.ts'
import { Refusal } from '../embedded/refusal.ts'
import { reach } from './control-plane.ts'
import { forgetHere, pathOf, readHere } from './state-file.ts'
import { done, open } from './step.ts'
import type { Step } from './step.ts'
import type { World } from './world.ts'

/** The platform's state moves to the control plane, which from then on keeps that of all stacks. */
export const move: Step = {
  title: 'state',
  async look(world) {
    const here = readHere(world)
    const server = await reach(world)
    const there = server && (await readNewest(server, world.state))
    if (here === null) return there ? done(`${world.state}, serial ${there.serial}`) : open(`moves ${world.state}`)
    if (server === null || there === null) return open(`moves serial ${here.serial} to ${world.state}`)
    await mustContain(server, world, here)
    return open(`removes ${pathOf(world)}, which ${world.state} has already`)
  },
  async take(world) {
    const here = readHere(world)
    const server = await reach(world)
    if (here === null || server === null) throw new Refusal('There is no state to move, or nobody to take it.')
    if ((await readNewest(server, world.state)) === null) await write(server, world.state, here)
    await mustContain(server, world, here)
    forgetHere(world)
    return `${world.state}, serial ${here.serial}`
  },
}

/**
 * One request that the ledger takes whole or not at all, and only as the first version or as the same bytes again. No
 * lock: one would be left behind by a run that is killed, and what it is for, the ledger compares itself.
 */
async function write(server: Server, name: string, { content }: StateFile): Promise<void> {
  const answer = await send(server, backendPath(name), { method: 'POST', body: content })
  if (answer.status !== 200) throw new Refusal(plain(reasonIn(answer)))
}

/** Only what is there byte by byte may be forgotten here. @throws Refusal when another state has the name */
async function mustContain(server: Server, world: World, here: StateFile): Promise<void> {
  const newest = await readNewest(server, world.state)
  if (newest?.sha256 === here.sha256) return
  // Somebody may have written since: then it is the version of its serial.
  const path = `/api/states/${encodeURIComponent(world.state)}/versions/${here.serial}`
  const { status, body } = await server.ask(path)
  if (status === 200 && stateFileOf(Buffer.from(body), path).sha256 === here.sha256) return
  throw new Refusal(
    `The control plane has another state ${world.state} than ${pathOf(world)}. Nothing was overwritten: compare them (throughline state pull ${world.state}), and remove the file when the control plane's is right.`,
  )
}
