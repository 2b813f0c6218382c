import { z } from '@hono/zod-openapi'
import type { Account } from './account.ts'
import type { Call } from './call.ts'
import { ask, jsonOf } from './upstream.ts'

const Named = z.object({ result: z.object({ name: z.string().optional(), queue_name: z.string().optional() }) })

/** Paths that take an identifier where policies know a name. */
const places: readonly (readonly [form: RegExp, path: string, member: 'name' | 'queue_name'])[] = [
  [/^accounts\/\{\}\/workers\/workers\/\{\}/, 'workers/workers', 'name'],
  [/^accounts\/\{\}\/queues\/\{\}/, 'queues', 'queue_name'],
  [/^accounts\/\{\}\/event_notifications\/r2\/\{\}\/configuration\/queues\/\{\}/, 'queues', 'queue_name'],
]

/**
 * The call with names in place of identifiers: policies and the control plane's own things are known by name.
 * @param pay counts the call that this costs
 */
export async function withNames(account: Account, call: Call, pay: () => Promise<void>): Promise<Call> {
  const place = places.find(([form]) => form.test(call.operation.template.join('/')))
  const resource = call.target.resources.at(-1)
  if (!place || !resource || !/^[0-9a-f]{32}$/i.test(resource.name)) return call
  const [, path, member] = place
  await pay()
  const response = await ask(account, `/accounts/${account.id}/${path}/${resource.name}`)
  const name = response.ok ? Named.safeParse(await jsonOf(response)).data?.result[member] : undefined
  if (name === undefined) return call
  const [first, second] = call.target.resources
  const named = { kind: resource.kind, name }
  return { ...call, target: { ...call.target, resources: second ? [first, named] : [named] } }
}
