import { now } from '../../platform/clock.ts'
import { transact } from '../../platform/sql.ts'
import { Cloudflare } from '../gateway/cloudflare.ts'
import { endRun } from './ending.ts'
import { flowOf } from './flows.ts'
import { resourcesMadeBy } from './project-queries.ts'
import { beginStep, changeRun, changeStep, loadRun } from './queries.ts'
import type { Failure, LiveRun, StepRow } from './queries.ts'
import { failureOf, pauseAfter } from './retry.ts'
import { NotYet, resultStep } from './step.ts'
import type { Step, StepContext } from './step.ts'

/** What is to be done after a turn: the next one after so many milliseconds, or nothing any more. */
export type Turn = { readonly isOver: boolean; readonly wait: number }
const over: Turn = { isOver: true, wait: 0 }
const onward: Turn = { isOver: false, wait: 0 }

type Work = {
  readonly env: Env
  readonly run: LiveRun
  readonly steps: readonly StepRow[]
  readonly context: StepContext
}

/**
 * Takes the next step of a run, forward or back, whatever was done before: what D1 says of the steps is the truth.
 * @param instance who does it; a run that has gone over to another one is left alone
 */
export async function takeTurn(env: Env, row: number, instance: string): Promise<Turn> {
  const { run, steps } = await loadRun(env.DEPLOYMENT_DB, row)
  if (run.instance !== instance || run.status === 'success' || run.status === 'failed') return over
  const work = { env, run, steps, context: contextOf(env, run, steps) }
  const all = stepsOf(run)
  if (run.status === 'undoing') return undoLast(work, all)
  const next = steps.find(({ status }) => status !== 'done')
  if (!next) throw new Error('A run ends with its last step.')
  return takeStep(work, next, stepNamed(all, next))
}

function stepsOf(run: LiveRun): readonly Step[] {
  const flow = flowOf(run.kind)
  const input = flow.input.parse(run.input)
  return [...flow.steps(run.project, input), { name: resultStep, do: async (context) => flow.result(context, input) }]
}

function stepNamed(all: readonly Step[], { name }: StepRow): Step {
  const found = all.find((step) => step.name === name)
  if (!found) throw new Error(`The flow has no step ${name}.`)
  return found
}

/** Does a step; the run ends with its last one, whose output is what the caller gets. */
async function takeStep({ env, run, steps, context }: Work, row: StepRow, step: Step): Promise<Turn> {
  const db = env.DEPLOYMENT_DB
  const isLast = row.n === steps.length
  await transact(db, beginStep(run.row, row.n, now()))
  try {
    const output = (await step.do(context)) ?? null
    const { attempts } = row
    await transact(db, [
      changeStep(run.row, row.n, { status: 'done', attempts, output, error: null }, now()),
      ...(isLast ? endRun(run, { status: 'success', result: output }, now()) : []),
    ])
    return isLast ? over : onward
  } catch (error) {
    return failed(env, run, row, 'do', error)
  }
}

/** Undoes the last step that was begun, the one that failed first; once there is none, the run has failed. */
async function undoLast({ env, run, steps, context }: Work, all: readonly Step[]): Promise<Turn> {
  const db = env.DEPLOYMENT_DB
  const last = steps.findLast(({ status }) => status === 'done' || status === 'running')
  if (!last) {
    const left = await resourcesMadeBy(db, run.row)
    const error = run.error && left.length > 0 ? withLeft(run.error, left) : undefined
    await transact(db, endRun(run, { status: 'failed', ...(error && { error }) }, now()))
    return over
  }
  try {
    await stepNamed(all, last).undo?.(context, last.status === 'done' ? last.output : null)
    const status = last.status === 'done' ? 'undone' : 'failed'
    await transact(db, [changeStep(run.row, last.n, { status, attempts: last.attempts }, now())])
    return onward
  } catch (error) {
    return failed(env, run, last, 'undo', error)
  }
}

/** Names what could not be taken away: it is the project's, and goes with it. */
function withLeft(error: Failure, left: readonly string[]): Failure {
  return { ...error, extensions: { ...error.extensions, left } }
}

/** Notes a failure, and says when it is tried again. What cannot be undone is left, and the steps before it are undone. */
async function failed(env: Env, run: LiveRun, row: StepRow, way: 'do' | 'undo', error: unknown): Promise<Turn> {
  const db = env.DEPLOYMENT_DB
  if (error instanceof NotYet) return { isOver: false, wait: error.wait }
  const { problem, isKnown } = failureOf(error)
  if (!isKnown) console.error({ run: run.row, step: row.name, error: stackOf(error) })
  const wait = pauseAfter(error, way, row.attempts, Number(env.FLOWS_RETRY_MS))
  const told = way === 'do' ? problem.message : `It could not be undone: ${problem.message}`
  if (wait !== null) {
    const { status, attempts } = row.status === 'pending' ? { ...row, status: 'running' as const } : row
    await transact(db, [changeStep(run.row, row.n, { status, attempts: attempts + 1, error: told }, now())])
    return { isOver: false, wait }
  }
  if (way === 'undo') {
    await transact(db, [changeStep(run.row, row.n, { status: 'failed', attempts: row.attempts, error: told }, now())])
    return onward
  }
  const { kind, message: detail, details } = problem
  const failure: Failure = { kind, detail, extensions: { ...details.extensions, step: row.name } }
  await transact(db, [
    // It stays begun until it is undone, and undoing is counted anew.
    changeStep(run.row, row.n, { status: 'running', attempts: 0, error: told }, now()),
    changeRun(run.row, 'undoing', { error: failure }, now()),
  ])
  return onward
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function contextOf(env: Env, run: LiveRun, steps: readonly StepRow[]): StepContext {
  return {
    env,
    db: env.DEPLOYMENT_DB,
    cloudflare: new Cloudflare(env),
    run: run.row,
    deployment: run.deployment,
    project: run.project,
    at: now(),
    output: (name, schema) => schema.parse(steps.find((step) => step.name === name)?.output ?? null),
  }
}
