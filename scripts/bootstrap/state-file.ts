import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { worker } from '../../stacks/manifest.ts'
import { readNewest } from '../cli/states/backend.ts'
import { stateFileOf } from '../cli/states/document.ts'
import type { StateFile } from '../cli/states/document.ts'
import { Refusal } from '../embedded/refusal.ts'
import { addressOf, findWorker, reach } from './control-plane.ts'
import type { World } from './world.ts'

/** The platform's state: on this machine until the control plane has it. */
export type Kept = { readonly at: 'here' | 'control plane'; readonly file: StateFile }

export function pathOf({ folder }: World): string {
  return join(folder, 'terraform.tfstate')
}

/** What is kept here, or null. */
export function readHere(world: World): StateFile | null {
  const path = pathOf(world)
  const content = existsSync(path) ? readFileSync(path) : null
  // Terraform empties the file before it writes it.
  if (content === null || content.length === 0) return null
  try {
    return stateFileOf(content, path)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(`${error.message} Move it away, and npm run bootstrap adopts what is on the account.`)
  }
}

/** Forgets what was kept here, with Terraform's copies of it. */
export function forgetHere(world: World): void {
  for (const end of ['.backup', '']) rmSync(`${pathOf(world)}${end}`, { force: true })
}

/**
 * The state where it is newest, or null before the first.
 * @throws Refusal when there may be one that cannot be asked for: everything would be made a second time
 */
export async function findState(world: World): Promise<Kept | null> {
  const server = await reach(world)
  const there = server && (await readNewest(server, world.state))
  if (there) return { at: 'control plane', file: there }
  const here = readHere(world)
  if (here) return { at: 'here', file: here }
  if (server === null && (await findWorker(world.account))) throw new Refusal(await unanswered(world))
  return null
}

async function unanswered(world: World): Promise<string> {
  const [name, address] = [worker.script, await addressOf(world)]
  return `The account has a Worker ${name}, but ${address}/api/health does not answer as a control plane does, so nobody can tell whether it has the state ${world.state}. Mend it with npm run deploy, or delete it if it is something else.`
}

const Document = z.object({
  outputs: z
    .object({
      worker_bindings: z.object({ value: z.record(z.string(), z.string()) }),
      worker_api_token: z.object({ value: z.string() }),
    })
    .partial()
    .default({}),
  resources: z.array(
    z.object({ mode: z.string(), type: z.string(), name: z.string(), instances: z.array(z.unknown()) }),
  ),
})

/** What the platform's state tells the following steps. */
export type Platform = {
  readonly ids: Readonly<Record<string, string>>
  readonly workerToken: string | null
  /** Addresses of what Terraform manages. */
  readonly addresses: readonly string[]
}

export function platformIn({ content }: StateFile): Platform {
  const { outputs, resources } = Document.parse(JSON.parse(content.toString()))
  const managed = resources.filter(({ mode, instances }) => mode === 'managed' && instances.length > 0)
  return {
    ids: outputs.worker_bindings?.value ?? {},
    workerToken: outputs.worker_api_token?.value ?? null,
    addresses: managed.map(({ type, name }) => `${type}.${name}`),
  }
}

/** What is known of the platform; nothing before its first state. */
export async function findPlatform(world: World): Promise<Platform> {
  const kept = await findState(world)
  return kept ? platformIn(kept.file) : { ids: {}, workerToken: null, addresses: [] }
}
