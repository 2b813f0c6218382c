import { api } from '../../platform/api.ts'
import type { AppContext } from '../../platform/api.ts'
import type { Principal } from '../../platform/principal.ts'
import type { Statement } from '../../platform/sql.ts'
import { credentialsIn, isTokenForm } from '../access/token.ts'
import { accessFor } from '../policies/grants.ts'
import { accountOf } from './account.ts'
import type { Account } from './account.ts'
import { heed, spend } from './allowance.ts'
import { carried } from './body.ts'
import type { Carried } from './body.ts'
import { recordCall, recordUnknown } from './call-audit.ts'
import { callIn } from './call.ts'
import type { Call } from './call.ts'
import { Denied, proveNoDenial } from './denied.ts'
import { envelopeOf, Refused } from './envelope.ts'
import { denialOf, patternsFor } from './grant.ts'
import type { Access } from './grant.ts'
import { identityAnswer } from './identity.ts'
import { filteredList } from './lists.ts'
import { withNames } from './names.ts'
import { opensSession, sessionIn } from './sessions.ts'
import { changeConsumers, consumersCall } from './tail-consumers.ts'
import type { ConsumersCall } from './tail-consumers.ts'
import { followTail, opensTail, ownTailAnswer, withOwnAddress } from './tails.ts'
import { answerFrom, headersFor, jsonOf, send } from './upstream.ts'

/** An answer, and what is to be written down with it. */
type Answer = {
  readonly response: Response
  readonly fields?: readonly string[]
  readonly more?: readonly Statement[]
  readonly missing?: string | null
  readonly isOurs?: boolean
}

export const gateway = api()
gateway.get('/client/v4/tails/:sealed', followTail)
for (const mount of ['/client/v4/*', '/sdk/*']) gateway.all(mount, (c) => proxied(c))

/** Answers a call as Cloudflare would answer the client if it had a token of its own, and writes down how it ended. */
async function proxied(c: AppContext): Promise<Response> {
  const begun = performance.now()
  const account = accountOf(c.env)
  const { consumers, asked } = understood(c, account)
  const principal = c.get('principal')
  const access = await accessFor(c.env.DEPLOYMENT_DB, principal)
  // Whoever may do nothing at all costs no call either.
  const isKnown = access.isRoot || access.grants.length === 0
  const call = isKnown ? asked : await withNames(account, asked, () => spend(c, principal))
  const answering = consumers ? ofConsumers(c, account, consumers, access) : answered(c, account, call, access)
  const answer = await answering.catch((error: unknown) => failed(c, call, error))
  const { response, fields = [], more, missing = null, isOurs = false } = answer
  const ended = {
    status: response.status,
    milliseconds: performance.now() - begun,
    auditId: response.headers.get('cf-auditlog-id'),
    ray: response.headers.get('cf-ray'),
    fields,
    missing,
    isOurs,
  }
  await recordCall(c, call, ended, more)
  return response
}

/** @throws Refused what is no operation, which is written down */
function understood(c: AppContext, account: Account): { consumers: ConsumersCall | null; asked: Call } {
  try {
    const consumers = consumersCall(c, account)
    return { consumers, asked: consumers ? consumers.call : callIn(c, account) }
  } catch (error) {
    if (error instanceof Refused) recordUnknown(c, error.status)
    throw error
  }
}

function failed(c: AppContext, call: Call, error: unknown): Answer {
  const response = envelopeOf(error, call.path)
  if (response.status >= 500 && !(error instanceof Refused))
    console.error({ request: c.get('requestId'), error: error instanceof Error ? error.stack : String(error) })
  return { response, missing: error instanceof Denied ? error.missing : null, isOurs: response.status < 500 }
}

async function answered(c: AppContext, account: Account, call: Call, access: Access): Promise<Answer> {
  const principal = c.get('principal')
  const own = identityAnswer(call, principal, account)
  if (own) return { response: own, isOurs: true }
  const bearer = bearerFor(c, account, call)
  hideDatabase(call, access)
  proveNoDenial(c, denialOf(access, call.operation, call.target))
  const tail = await ownTailAnswer(c, account, call)
  if (tail) return { response: tail }
  const body = await carried(c, call, access)
  await spend(c, principal)
  const patterns =
    call.target.reach === 'list' ? patternsFor(access, call.operation, call.target.resources[0].kind) : null
  if (patterns) return { response: await filteredList(account, call, patterns, () => spend(c, principal)) }
  const response = await forwarded(c, account, call, bearer, body)
  await heed(c.env, response)
  return { fields: body.fields(), ...(await finished(c, account, call, principal, response)) }
}

async function ofConsumers(c: AppContext, account: Account, asked: ConsumersCall, access: Access): Promise<Answer> {
  const { operation, target } = asked.call
  proveNoDenial(c, denialOf(access, operation, target))
  const pay = () => spend(c, c.get('principal'))
  await pay()
  if (asked.change !== 'show') await pay()
  const response = await changeConsumers(c, account, asked, access)
  await heed(c.env, response)
  return { response, fields: asked.change === 'show' ? [] : ['tail_consumers'] }
}

/** Uploads of a session carry its own token, which came from Cloudflare through us; everything else the account's. */
function bearerFor(c: AppContext, account: Account, { operation }: Call): string {
  const given = credentialsIn(c.req.header('authorization') ?? '').token ?? ''
  const isSession = !isTokenForm(given)
  if (isSession !== (operation.rule === 'signed')) {
    const message = 'Files are uploaded with the token of their upload session, and with nothing else.'
    throw new Refused(401, { code: 10_000, message: 'Authentication error', error_chain: [{ code: 10_000, message }] })
  }
  return isSession ? given : account.token
}

/** Wrangler looks a database up by its name, and then lists: whose policy knows it by its identifier must list. */
function hideDatabase({ operation, target }: Call, access: Access): void {
  const [{ kind, name }] = target.resources
  if (kind !== 'd1' || target.reach !== 'item' || /^[0-9a-f-]{36}$/i.test(name) || operation.method !== 'GET') return
  if (patternsFor(access, operation, 'd1') !== null)
    throw new Refused(404, { code: 7404, message: `The database ${name} could not be found` })
}

async function forwarded(
  c: AppContext,
  account: Account,
  call: Call,
  bearer: string,
  { passed }: Carried,
): Promise<Response> {
  const headers = headersFor(c.req.raw.headers, bearer)
  if (passed) c.executionCtx.waitUntil(passed.done)
  try {
    return await send(account, {
      method: c.req.method,
      path: call.path + call.query,
      headers,
      body: passed ? passed.body : c.req.raw.body,
      ...(passed?.signal && { signal: passed.signal }),
    })
  } catch (error) {
    // What was wrong with the body is why it was broken off.
    await passed?.done
    throw passed?.failure() ?? error
  }
}

/** What is done with an answer before the client gets it: almost always nothing. */
async function finished(
  c: AppContext,
  account: Account,
  call: Call,
  principal: Principal,
  response: Response,
): Promise<Answer> {
  const passed = answerFrom(response)
  if (!response.ok || !(opensSession(call) || opensTail(call))) return { response: passed }
  const answer = await jsonOf(passed)
  const session = opensSession(call) ? sessionIn(answer, call, principal) : null
  const shown = opensTail(call) ? await withOwnAddress(c, account, answer) : answer
  const { status, headers } = passed
  for (const name of ['content-length', 'content-encoding']) headers.delete(name)
  const again = new Response(JSON.stringify(shown), { status, headers })
  return { response: again, more: session ? [session] : [] }
}
