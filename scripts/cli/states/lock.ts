import { randomUUID } from 'node:crypto'
import { Refusal } from '../../embedded/refusal.ts'
import { reasonIn } from '../api.ts'
import type { Server } from '../api.ts'
import { person } from '../person.ts'
import { plain } from '../text.ts'
import { backendPath, send } from './backend.ts'
import { listenForInterruption } from './interruption.ts'

/** What a lock is taken for, in Terraform's own words: the server records a run by them. */
export type LockedOperation = 'state-push' | 'migration destination state'

/** A lock that is held: its id for the writes, and a signal that ends them when somebody interrupts. */
export type Held = { readonly id: string; readonly signal: AbortSignal }

type LockInfo = ReturnType<typeof lockInfo>

/**
 * Does `work` while it holds the state's lock, and releases it however the work ends. After an interruption the process
 * ends as soon as the lock is released, after a second one at once.
 */
export async function whileLocked<Result>(
  server: Server,
  name: string,
  operation: LockedOperation,
  work: (held: Held) => Promise<Result>,
): Promise<Result> {
  const lock = lockInfo(operation)
  const interruption = listenForInterruption(`The lock ${lock.ID} of the state ${name} may still be held.`)
  try {
    // An interruption does not cut this off: a lock that is granted after its release would have no holder.
    await take(server, name, lock)
    const outcome = await outcomeOf(async () => {
      interruption.signal.throwIfAborted()
      return work({ id: lock.ID, signal: interruption.signal })
    })
    await release(server, name, lock)
    interruption.endProcess(`Interrupted. The lock of the state ${name} is released.`)
    return outcome()
  } finally {
    interruption.stop()
  }
}

/** Runs the work to its end; the result or the error comes when it is asked for. */
async function outcomeOf<Result>(work: () => Promise<Result>): Promise<() => Result> {
  try {
    const result = await work()
    return () => result
  } catch (error) {
    return () => {
      throw error
    }
  }
}

async function take(server: Server, name: string, lock: LockInfo): Promise<void> {
  const call = { method: 'POST', body: JSON.stringify(lock) } as const
  const answer = await send(server, lockPath(name), call).catch(async (error: unknown) => {
    // It may have been granted all the same.
    await release(server, name, lock).catch(() => undefined)
    throw error
  })
  if (answer.status !== 200) throw new Refusal(plain(reasonIn(answer)))
}

async function release(server: Server, name: string, lock: LockInfo): Promise<void> {
  const call = { method: 'DELETE', body: JSON.stringify(lock), silenceMs: 15_000 } as const
  const failed = await send(server, lockPath(name), call).then(
    (answer) => (answer.status === 200 ? null : reasonIn(answer)),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  if (failed !== null) throw new Refusal(plain(`The lock ${lock.ID} of the state ${name} was not released: ${failed}`))
}

function lockPath(name: string): string {
  return `${backendPath(name)}/lock`
}

function lockInfo(operation: LockedOperation) {
  return {
    ID: randomUUID(),
    Operation: operation,
    Info: '',
    Who: person(),
    Version: '',
    Created: new Date().toISOString(),
    Path: '',
  }
}
