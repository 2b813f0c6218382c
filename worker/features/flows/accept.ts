import { createHash, randomUUID } from 'node:crypto'
import type { AppContext } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import { idOf } from '../../platform/ids.ts'
import { hint } from '../../platform/outbox.ts'
import { isProblemKind, Problem } from '../../platform/problem.ts'
import { isBrokenAssertion, transact } from '../../platform/sql.ts'
import { act, callerIn } from '../audit/act.ts'
import { beginFlowRun, flowRow } from '../deployments/flow-run.ts'
import { accountOf } from '../gateway/account.ts'
import { findLiveRun, insertRun, joinDeployment, runOn, runWithInstance, runWithKey, showRun } from './queries.ts'
import type { LiveRun } from './queries.ts'
import { resultStep } from './step.ts'
import type { Flow } from './step.ts'

/** How long a caller waits for a run at most, and how often its end is looked for, in milliseconds. */
const patience = 20_000
const lookEvery = { first: 20, most: 500 }

/** What a route asks for: `asked` is the request as it was sent, `input` looks up what the steps get of it. */
type Request<Input> = { readonly project: string; readonly input: () => Promise<Input>; readonly asked: unknown }

/**
 * Begins a run, or finds the one that the same `Idempotency-Key` began, and waits for it as long as the caller wants.
 * @returns the run, ended or not; answer one that has not with `accepted`
 * @throws Problem what a run that failed failed of; (conflict) when another works on the project, or the key was another's
 */
export async function runFlow<Input>(c: AppContext, flow: Flow<Input>, request: Request<Input>): Promise<LiveRun> {
  // Without an account nothing is begun.
  accountOf(c.env)
  const asked = createHash('sha256')
    .update(JSON.stringify([flow.kind, request.project, request.asked]))
    .digest('hex')
  const key = keyOf(c)
  const known = key === null ? null : await runWithKey(c.env.DEPLOYMENT_DB, key)
  const run = known ?? (await begin(c, flow, request, key, asked))
  if (run.asked !== asked)
    throw new Problem('conflict', 'This Idempotency-Key began another run: send a new one for another request.')
  const ended = await waitFor(c.env.DEPLOYMENT_DB, run, patienceOf(c))
  c.header('location', `/flows/runs/${idOf('flow', ended.row)}`)
  if (ended.status === 'failed') throw problemOf(ended)
  return ended
}

/** Whether a run has done all that it was to do. */
export function isDone(run: LiveRun): boolean {
  return run.status === 'success'
}

/** The request's `Idempotency-Key` as this caller's, or null. @throws Problem (invalid-request) */
export function keyOf(c: AppContext): string | null {
  const given = c.req.header('idempotency-key')
  if (given === undefined) return null
  if (!/^[\x21-\x7e]{1,200}$/.test(given))
    throw new Problem('invalid-request', 'An Idempotency-Key is 1 to 200 visible characters of ASCII.')
  const { token, name } = c.get('principal')
  return `${token === null ? name : idOf('tok', token)} ${given}`
}

async function begin<Input>(
  c: AppContext,
  flow: Flow<Input>,
  request: Request<Input>,
  key: string | null,
  asked: string,
): Promise<LiveRun> {
  const db = c.env.DEPLOYMENT_DB
  const { project } = request
  const input = await request.input()
  const [at, instance, caller] = [now(), randomUUID(), callerIn(c)]
  const steps = [...flow.steps(project, input).map(({ name }) => name), resultStep]
  const { kind, operation, action } = flow
  const deployment = {
    key: instance,
    operation,
    command: `flows ${kind} ${project}`,
    actor: caller.actor,
    client: caller.token_id ?? caller.actor,
  } as const
  const writes = [
    ...insertRun({ kind, project, input, instance, caller, asked, key, steps }, at),
    ...beginFlowRun(deployment, at),
    joinDeployment(instance, flowRow(instance)),
    act(c, action, project),
  ]
  try {
    await transact(db, writes)
  } catch (error) {
    if (!isBrokenAssertion(error)) throw error
    return insteadOf(db, project, key)
  }
  c.executionCtx.waitUntil(hint(c.env))
  const run = await runWithInstance(db, instance)
  await startInstance(c.env, run.row, instance)
  return run
}

/** What stood in a new run's way: the same request that came first, or another run on the project. */
async function insteadOf(db: D1Database, project: string, key: string | null): Promise<LiveRun> {
  const same = key === null ? null : await runWithKey(db, key)
  if (same) return same
  const other = await runOn(db, project)
  const id = other && idOf('flow', other.row)
  throw new Problem(
    'conflict',
    `Another run works on the project ${project}: ${id ?? 'it has just ended; try again'}.`,
    {
      extensions: { run: id },
    },
  )
}

/** Has a Workflow go on with a run. That it does not is no loss: the clock looks for runs that nobody goes on with. */
export async function startInstance(env: Env, run: number, instance: string): Promise<void> {
  try {
    await env.FLOWS.create({ id: instance, params: { run } })
  } catch (error) {
    console.error({ run, workflow: error instanceof Error ? error.message : 'unknown' })
  }
}

/** `respond-async` waits for nothing, `wait=<seconds>` for less than usual (RFC 7240). */
function patienceOf(c: AppContext): number {
  const preferred = (c.req.header('prefer') ?? '').toLowerCase()
  if (/(?:^|[,\s])respond-async(?:$|[,;\s])/.test(preferred)) return 0
  const [, seconds] = /(?:^|[,\s])wait=(\d{1,5})(?:$|[,;\s])/.exec(preferred) ?? []
  return seconds === undefined ? patience : Math.min(patience, Number(seconds) * 1000)
}

async function waitFor(db: D1Database, run: LiveRun, patienceMs: number): Promise<LiveRun> {
  const until = now() + patienceMs
  let found = run
  for (let pause = lookEvery.first; found.status !== 'success' && found.status !== 'failed';) {
    if (now() >= until) return found
    await new Promise((done) => setTimeout(done, Math.min(pause, Math.max(1, until - now()))))
    pause = Math.min(lookEvery.most, pause * 1.3)
    found = (await findLiveRun(db, run.row)) ?? found
  }
  return found
}

function problemOf({ row, error }: LiveRun): Problem {
  const kind = error !== null && isProblemKind(error.kind) ? error.kind : 'internal'
  const detail = error?.detail ?? 'The run failed.'
  return new Problem(kind, detail, { extensions: { ...error?.extensions, run: idOf('flow', row) } })
}

/** The answer while a run goes on. */
export async function accepted(c: AppContext, run: LiveRun) {
  const shown = await showRun(c.env.DEPLOYMENT_DB, run.row)
  if (!shown) throw new Error('A run is never removed.')
  return c.json(shown, 202)
}
