import { z } from '@hono/zod-openapi'
import type { AppContext } from '../../platform/api.ts'
import { readBytes } from '../../platform/body.ts'
import manifest from '../../wrangler.json' with { type: 'json' }
import type { Account } from './account.ts'
import { callAt } from './call.ts'
import type { Call } from './call.ts'
import { proveNoDenial } from './denied.ts'
import { ok, Refused } from './envelope.ts'
import { denialOfReference } from './grant.ts'
import type { Access } from './grant.ts'
import { consumers as consumersNamed } from './references.ts'
import { answerFrom, ask, jsonOf, send } from './upstream.ts'

/** What is asked for: which consumers a script has, others, or this Worker as one more or one less. */
type Change = 'show' | 'set' | 'add' | 'remove'
export type ConsumersCall = { readonly call: Call; readonly change: Change }

const Consumer = z.looseObject({ service: z.string() })
const Consumers = z.object({ tail_consumers: z.array(Consumer).nullish() })
type Consumer = z.infer<typeof Consumer>

const changes: Readonly<Record<string, Change>> = {
  'GET tails': 'show',
  'PUT tails': 'set',
  'PUT tail': 'add',
  'DELETE tail': 'remove',
}

/**
 * `/sdk/workers/scripts/<name>/tails` and `…/tail`: the consumers of a script's traces. With the account in its path
 * `…/tails` is Cloudflare's own: the streams that somebody watches.
 */
export function consumersCall(c: AppContext, account: Account): ConsumersCall | null {
  const [, script, last] = /^\/sdk\/workers\/scripts\/([^/]+)\/(tails?)$/.exec(new URL(c.req.url).pathname) ?? []
  const change = changes[`${c.req.method} ${last ?? ''}`]
  if (script === undefined || change === undefined) return null
  const path = `/accounts/${account.id}/workers/scripts/${script}/script-settings`
  return { change, call: callAt(change === 'show' ? 'GET' : 'PATCH', path, account) }
}

/** Answers with the consumers as they are then. Cloudflare replaces them all: what others are there stays. */
export async function changeConsumers(
  c: AppContext,
  account: Account,
  { call, change }: ConsumersCall,
  access: Access,
): Promise<Response> {
  const found = await ask(account, call.path)
  if (!found.ok) return answerFrom(found)
  const settings = z.object({ result: Consumers }).safeParse(await jsonOf(found)).data
  if (!settings) throw new Refused(502, { code: 10_002, message: "Cloudflare's answer is no script's settings." })
  const before = settings.result.tail_consumers ?? []
  const after = change === 'set' ? await given(c, access) : merged(before, change)
  proveNoLoop(call, after)
  if (JSON.stringify(after) === JSON.stringify(before)) return ok({ tail_consumers: before })
  const headers = new Headers({ authorization: `Bearer ${account.token}`, 'content-type': 'application/json' })
  const body = Buffer.from(JSON.stringify({ tail_consumers: after }))
  const changed = answerFrom(await send(account, { method: 'PATCH', path: call.path, headers, body }))
  if (!changed.ok) return changed
  const told = changed.headers
  await changed.body?.cancel()
  for (const name of ['content-length', 'content-encoding']) told.delete(name)
  return new Response(ok({ tail_consumers: after }).body, { headers: told })
}

/** Taking in a trace of our own would make another one, for ever. */
function proveNoLoop({ target }: Call, consumers: readonly Consumer[]): void {
  const isOurs = target.resources[0].name.toLowerCase() === manifest.name
  if (!isOurs || consumers.every(({ service }) => service !== manifest.name)) return
  throw new Refused(400, { code: 10_021, message: 'The control plane cannot consume its own traces.' })
}

/** The consumers with this Worker among them, or without it. */
function merged(consumers: readonly Consumer[], change: Exclude<Change, 'set'>): readonly Consumer[] {
  if (change === 'show') return consumers
  const has = consumers.some(({ service }) => service === manifest.name)
  if (change === 'add') return has ? consumers : [...consumers, { service: manifest.name }]
  return has ? consumers.filter(({ service }) => service !== manifest.name) : consumers
}

const limit = { bytes: 64_000, idleMs: 30_000, totalMs: 60_000 }

async function given(c: AppContext, access: Access): Promise<readonly Consumer[]> {
  const parsed = Consumers.safeParse(jsonIn(await readBytes(c.req.raw, limit))).data?.tail_consumers
  if (!parsed) throw new Refused(400, { code: 10_021, message: 'Send {"tail_consumers": [{"service": "<script>"}]}.' })
  for (const reference of consumersNamed(parsed)) proveNoDenial(c, denialOfReference(access, reference))
  return parsed
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
}
