import { randomBytes } from 'node:crypto'
import { accountById } from '../accounts/queries.ts'
import { addToken, callerWith } from '../accounts/tokens.ts'
import { actionsApp } from '../apps/queries.ts'
import { found } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { grant } from '../repositories/grants.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Job } from './schema.ts'

const day = 86_400_000

/** A token for one job: it opens the job's repository, and nothing once the job has ended. */
export function tokenFor(world: World, repository: Repository, job: Job): string {
  const { store, now } = world
  const bot = found(accountById(store, actionsApp(world).bot_id))
  const token = `ghs_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, '0')}`
  store.transact(() => {
    addToken(store, bot, token, { scopes: [], note: noteFor(job.id), expires_at: now() + day }, now())
    const caller = found(callerWith(store, token, now()))
    grant(store, caller.token.id, { repository: repository.id })
  })
  return token
}

export function endToken({ store }: World, job: number): void {
  store.run(sql`delete from tokens where note = ${noteFor(job)}`)
}

/** The job that a token was made for, by the token's note. */
export function jobOfNote(note: string): number | null {
  const [, job] = /^job (\d+)$/.exec(note) ?? []
  return job === undefined ? null : Number(job)
}

function noteFor(job: number): string {
  return `job ${job}`
}
