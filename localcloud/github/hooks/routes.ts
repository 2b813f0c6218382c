import { z } from 'zod'
import { noContent, numberParam, routesOf } from '../front/routes.ts'
import type { Handler } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { found, validationFailed } from '../platform/problem.ts'
import type { Problem } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf } from '../repositories/access.ts'
import type { Call, World } from '../world.ts'
import { openTarget } from './owner.ts'
import type { HookTarget } from './owner.ts'
import { configJson, deliveryJson, fullDeliveryJson, hookJson } from './present.ts'
import { deliveriesOf, deliveryOf, eventById, hookById, hookOf, hooksOf } from './queries.ts'
import type { Hook } from './schema.ts'
import { ping, testPush } from './trials.ts'

const Config = z.object({
  url: z.string().optional(),
  content_type: z.string().optional(),
  secret: z.string().optional(),
  insecure_ssl: z.union([z.string(), z.number()]).optional(),
})
const NewHook = z.object({
  name: z.string().optional(),
  active: z.boolean().optional(),
  events: z.array(z.string()).optional(),
  config: Config.extend({ url: z.string() }),
})
const Changes = z.object({
  active: z.boolean().optional(),
  events: z.array(z.string()).optional(),
  add_events: z.array(z.string()).optional(),
  remove_events: z.array(z.string()).optional(),
  config: Config.optional(),
})

const mostHooks = 20

/** The same routes for repositories and for organisations. */
function routesBelow(root: string): Record<string, Handler> {
  return {
    [`GET ${root}/hooks`]: list,
    [`POST ${root}/hooks`]: create,
    [`GET ${root}/hooks/:hook`]: show,
    [`PATCH ${root}/hooks/:hook`]: change,
    [`DELETE ${root}/hooks/:hook`]: remove,
    [`GET ${root}/hooks/:hook/config`]: showConfig,
    [`PATCH ${root}/hooks/:hook/config`]: changeConfig,
    [`POST ${root}/hooks/:hook/pings`]: pingHook,
    [`POST ${root}/hooks/:hook/tests`]: testHook,
    [`GET ${root}/hooks/:hook/deliveries`]: listDeliveries,
    [`GET ${root}/hooks/:hook/deliveries/:delivery`]: showDelivery,
    [`POST ${root}/hooks/:hook/deliveries/:delivery/attempts`]: redeliver,
  }
}

export const hookRoutes = routesOf({ ...routesBelow('/repos/:owner/:repo'), ...routesBelow('/orgs/:org') })

function list(world: World, c: Call): Response {
  return paged(c, hooksOf(world.store, openTarget(world, c).owner), (hook) => hookJson(world, hook))
}

async function create(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const target = openTarget(world, c)
  const { name = 'web', active = true, events = ['push'], config } = await readBody(c, NewHook)
  if (name !== 'web')
    throw validationFailed({ resource: 'Hook', field: 'name', code: 'invalid', message: 'name must be "web"' })
  const hook = store.transact(() => {
    refuseTooMany(hooksOf(store, target.owner), config.url, events)
    const at = now()
    const { url = config.url, content_type = 'form', ...rest } = columnsFor(config)
    const id = store.insert('hooks', {
      ...target.owner,
      active,
      events: JSON.stringify([...new Set(events)]),
      url,
      content_type,
      secret: rest.secret ?? null,
      insecure_ssl: rest.insecure_ssl ?? false,
      created_at: at,
      updated_at: at,
    })
    const made = found(hookById(store, id))
    ping(world, target, made, callerOf(c).user)
    return made
  })
  const shown = hookJson(world, hook)
  return c.json(shown, 201, { location: String(shown['url']) })
}

function show(world: World, c: Call): Response {
  return c.json(hookJson(world, openHook(world, c).hook))
}

async function change(world: World, c: Call): Promise<Response> {
  const { hook } = openHook(world, c)
  const { active, events, add_events = [], remove_events = [], config = {} } = await readBody(c, Changes)
  const wanted = [...new Set([...(events ?? hook.events), ...add_events])].filter(
    (event) => !remove_events.includes(event),
  )
  return c.json(hookJson(world, update(world, hook, { active, events: JSON.stringify(wanted), ...columnsFor(config) })))
}

function remove(world: World, c: Call): Response {
  const { hook } = openHook(world, c)
  world.store.run(sql`delete from hooks where id = ${hook.id}`)
  return noContent()
}

function showConfig(world: World, c: Call): Response {
  return c.json(configJson(openHook(world, c).hook))
}

async function changeConfig(world: World, c: Call): Promise<Response> {
  const { hook } = openHook(world, c)
  return c.json(configJson(update(world, hook, columnsFor(await readBody(c, Config)))))
}

function pingHook(world: World, c: Call): Response {
  const { hook, target } = openHook(world, c)
  ping(world, target, hook, callerOf(c).user)
  return noContent()
}

async function testHook(world: World, c: Call): Promise<Response> {
  const { hook, target } = openHook(world, c)
  await testPush(world, target, hook, callerOf(c).user)
  return noContent()
}

function listDeliveries(world: World, c: Call): Response {
  const { store } = world
  const { hook } = openHook(world, c)
  const size = Math.min(Number(c.req.query('per_page')) || 30, 100)
  const cursor = c.req.query('cursor')
  const from = cursor === undefined ? null : Number(/^v1_(\d+)$/.exec(cursor)?.[1] ?? -1)
  const wanted = { from, status: c.req.query('status'), limit: size + 1 }
  const [shown, next] = cut(deliveriesOf(store, hook.id, wanted), size)
  if (next !== undefined) {
    const url = new URL(c.req.url)
    url.searchParams.set('cursor', `v1_${next.id}`)
    c.header('link', `<${url.href}>; rel="next"`)
  }
  return c.json(shown.map((delivery) => deliveryJson(delivery, found(eventById(store, delivery.event_id)))))
}

function showDelivery(world: World, c: Call): Response {
  const delivery = openDelivery(world, c)
  return c.json(fullDeliveryJson(delivery, found(eventById(world.store, delivery.event_id))))
}

function redeliver(world: World, c: Call): Response {
  const delivery = openDelivery(world, c)
  world.store.transact(() => world.events.deliver(delivery.hook_id, delivery.event_id, true))
  return c.json({}, 202)
}

function openHook(world: World, c: Call): { readonly hook: Hook; readonly target: HookTarget } {
  const target = openTarget(world, c)
  return { target, hook: found(hookOf(world.store, target.owner, numberParam(c, 'hook'))) }
}

function openDelivery(world: World, c: Call) {
  const { hook } = openHook(world, c)
  return found(deliveryOf(world.store, hook.id, numberParam(c, 'delivery')))
}

function update({ store, now }: World, hook: Hook, columns: Parameters<World['store']['update']>[2]): Hook {
  store.update('hooks', hook.id, { ...columns, updated_at: now() })
  return found(hookById(store, hook.id))
}

function columnsFor({ url, content_type, secret, insecure_ssl }: z.infer<typeof Config>) {
  if (url !== undefined && !/^https?:\/\/[^/]/.test(url)) {
    throw validationFailed({ resource: 'Hook', code: 'custom', field: 'url', message: 'url is not a valid URL' })
  }
  return {
    url,
    content_type: content_type === undefined ? undefined : content_type === 'json' ? 'json' : 'form',
    // A client that sends back what it was shown changes nothing.
    secret: secret === '********' ? undefined : secret,
    insecure_ssl: insecure_ssl === undefined ? undefined : String(insecure_ssl) === '1',
  }
}

function refuseTooMany(hooks: readonly Hook[], url: string, events: readonly string[]): void {
  const same = hooks.some((hook) => hook.url === url && hook.events.toSorted().join() === events.toSorted().join())
  if (same) throw refusal('Hook already exists on this repository')
  const full = events.find((event) => hooks.filter((hook) => hook.events.includes(event)).length >= mostHooks)
  if (full !== undefined) throw refusal(`The "${full}" event cannot have more than ${mostHooks} hooks`)
}

function refusal(message: string): Problem {
  return validationFailed({ resource: 'Hook', code: 'custom', message })
}

function cut<Item>(items: readonly Item[], size: number): [readonly Item[], Item | undefined] {
  return [items.slice(0, size), items[size]]
}
