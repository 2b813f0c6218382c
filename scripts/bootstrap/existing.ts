import { z } from 'zod'
import { finders } from '../account/things.ts'
import type { Stack } from '../stacks/synthesised.ts'
import { platformIn, readHere } from './state-file.ts'
import type { World } from './world.ts'

const Named = z.union([
  z.object({ title: z.string() }).transform(({ title }) => title),
  z.object({ queue_name: z.string() }).transform(({ queue_name }) => queue_name),
  z.object({ name: z.string() }).transform(({ name }) => name),
])

type Import = { readonly to: string; readonly id: string }

/**
 * What the stack declares and the account has already, though no state knows of it: a run was killed before it wrote
 * down what it had made, or the state was lost. It is adopted, since a second one of its name could not be made.
 */
export async function findExisting(world: World, { document }: Stack): Promise<Import[]> {
  const { account } = world
  const here = readHere(world)
  const known = new Set(here && platformIn(here).addresses)
  const found: Import[] = []
  for (const [type, resources] of Object.entries(document.resource)) {
    for (const [name, attributes] of Object.entries(resources)) {
      const to = `${type}.${name}`
      const id = known.has(to) ? null : await finders[type]?.(account, Named.parse(attributes))
      if (id) found.push({ to, id: `${account.place.id}/${id}` })
    }
  }
  return found
}

/** The ids of tokens that are called as the Worker's. */
export async function findStrayTokens({ account, settings }: World): Promise<string[]> {
  const Token = z.object({ id: z.string(), name: z.string() })
  const all = await account.list('tokens', Token)
  return all.flatMap(({ id, name }) => (name === `${settings.project}-worker` ? [id] : []))
}
