import { z } from 'zod'
import type { Account } from '../account/api.ts'
import { finders } from '../account/things.ts'
import { migrationNames } from '../embedded/migrations.ts'
import { Refusal } from '../embedded/refusal.ts'
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
 * @throws Refusal when a database of that name is somebody else's
 */
export async function findExisting(world: World, { document }: Stack): Promise<Import[]> {
  const { account } = world
  const here = readHere(world)
  const known = new Set(here && platformIn(here).addresses)
  const found: Import[] = []
  for (const [type, resources] of Object.entries(document.resource)) {
    for (const [name, attributes] of Object.entries(resources)) {
      const to = `${type}.${name}`
      if (known.has(to)) continue
      const called = Named.catch('').parse(attributes)
      const id = await finders[type]?.(account, called)
      if (id && type === 'cloudflare_d1_database') await refuseStranger(account, called, id)
      if (id) found.push({ to, id: `${account.place.id}/${id}` })
    }
  }
  return found
}

const Name = z.object({ name: z.string() })

/** A database whose tables no migration of ours has made would get ours among them. One without any is taken. */
async function refuseStranger(account: Account, called: string, id: string): Promise<void> {
  const list = `select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '_cf_%'`
  const tables = (await account.rows(id, list, Name)).map(({ name }) => name)
  const history = 'd1_migrations'
  const applied = tables.includes(history) ? await account.rows(id, `select name from ${history}`, Name) : []
  const others = tables.filter((name) => name !== history)
  if (others.length === 0 || applied.some(({ name }) => name === migrationNames()[0])) return
  throw new Refusal(
    `The account has a database ${called} (${id}) that is not Throughline's: it has ${others.join(', ')}, and none of our migrations. Nothing was changed. Give ours another database_name in worker/wrangler.json.`,
  )
}

/** The ids of tokens that are called as the Worker's. */
export async function findStrayTokens({ account, settings }: World): Promise<string[]> {
  const Token = z.object({ id: z.string(), name: z.string() })
  const all = await account.list('tokens', Token)
  return all.flatMap(({ id, name }) => (name === `${settings.project}-worker` ? [id] : []))
}
