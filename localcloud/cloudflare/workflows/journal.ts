import { isOver } from './engine.ts'
import type { Entry, Instance } from './engine.ts'

/** The engine's numbers for what happens to an instance and its steps. */
const happened = {
  queued: 0,
  started: 1,
  succeeded: 2,
  failed: 3,
  terminated: 4,
  stepStarted: 5,
  stepSucceeded: 6,
  stepFailed: 7,
  sleepStarted: 8,
  sleepEnded: 9,
  attemptStarted: 10,
  attemptSucceeded: 11,
  attemptFailed: 12,
  waitStarted: 14,
  waitEnded: 15,
  waitTimedOut: 16,
} as const
type What = keyof typeof happened

/** The last entry of a kind: a restart writes the first ones again. */
function last(journal: readonly Entry[], ...kinds: readonly What[]): Entry | undefined {
  return journal.findLast(({ event }) => kinds.some((kind) => happened[kind] === event))
}

/** When an instance was begun and ended. */
export function timesOf({ createdOn, journal }: Instance) {
  const start = last(journal, 'started')?.timestamp ?? null
  const end = last(journal, 'succeeded', 'failed', 'terminated')?.timestamp ?? null
  return {
    queued: last(journal, 'queued')?.timestamp ?? createdOn,
    start,
    end,
    modified: journal.at(-1)?.timestamp ?? createdOn,
  }
}

/** What an instance was given, what it made, and every step on the way. */
export function detailsOf(instance: Instance): object {
  const { journal, status } = instance
  const { queued, start, end } = timesOf(instance)
  const failure = last(journal, 'failed')
  const steps = stepsOf(journal)
  return {
    status,
    params: last(journal, 'queued')?.metadata['params'] ?? null,
    trigger: { source: 'api' },
    queued,
    start,
    end: isOver(status) ? end : null,
    success: isOver(status) ? status === 'complete' : null,
    steps,
    step_count: steps.length,
    output: last(journal, 'succeeded')?.metadata['result'] ?? null,
    error: failure && status === 'errored' ? errorIn(failure.metadata['error']) : null,
    rollback: null,
  }
}

function stepsOf(journal: readonly Entry[]): object[] {
  const groups = Map.groupBy(
    journal.filter(({ groupKey }) => groupKey !== null),
    ({ groupKey }) => groupKey,
  )
  return [...groups.values()].flatMap((group) => stepOf(group) ?? [])
}

function stepOf(group: readonly Entry[]): object | null {
  const name = group[0]?.target ?? ''
  const sleep = last(group, 'sleepStarted')
  if (sleep) {
    const done = last(group, 'sleepEnded')
    const finished = done !== undefined
    return { name, type: 'sleep', start: sleep.timestamp, end: done?.timestamp ?? null, finished, error: null }
  }
  const wait = last(group, 'waitStarted')
  if (wait) return waitOf(name, wait, group)
  const begun = last(group, 'stepStarted')
  return begun ? workOf(name, begun, group) : null
}

function waitOf(name: string, wait: Entry, group: readonly Entry[]): object {
  const got = last(group, 'waitEnded')
  const timeout = last(group, 'waitTimedOut')
  return {
    name,
    type: 'waitForEvent',
    start: wait.timestamp,
    end: (got ?? timeout)?.timestamp ?? null,
    finished: (got ?? timeout) !== undefined,
    error: timeout ? errorIn(timeout.metadata) : null,
    output: got?.metadata ?? null,
  }
}

function workOf(name: string, begun: Entry, group: readonly Entry[]): object {
  const done = last(group, 'stepSucceeded')
  const failed = last(group, 'stepFailed')
  return {
    name,
    type: 'step',
    start: begun.timestamp,
    end: (done ?? failed)?.timestamp ?? null,
    success: done ? true : failed ? false : null,
    output: done?.metadata['result'] ?? null,
    config: begun.metadata['config'] ?? null,
    attempts: attemptsOf(group),
  }
}

function attemptsOf(group: readonly Entry[]): object[] {
  const starts = group.filter(({ event }) => event === happened.attemptStarted)
  return starts.map(({ timestamp, metadata: { attempt } }) => {
    const mine = group.filter(({ metadata }) => metadata['attempt'] === attempt)
    const done = last(mine, 'attemptSucceeded')
    const failed = last(mine, 'attemptFailed')
    return {
      start: timestamp,
      end: (done ?? failed)?.timestamp ?? null,
      success: done ? true : failed ? false : null,
      error: failed ? errorIn(failed.metadata['error']) : null,
    }
  })
}

function errorIn(value: unknown): object {
  const { name = 'Error', message = '' }: { name?: unknown; message?: unknown } = Object(value)
  return { name: String(name), message: String(message) }
}
