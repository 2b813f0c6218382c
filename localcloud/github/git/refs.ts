import { z } from 'zod'
import { accountById } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { conflict, unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { flag, json } from '../platform/store.ts'
import type { Store } from '../platform/store.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import { Locks } from './locks.ts'
import { processEnd } from './orphans.ts'
import { factsOf } from './push-facts.ts'
import type { PushFacts } from './push-facts.ts'
import { moveAgain, updateRefs } from './ref-updates.ts'
import type { GitStore } from './repository.ts'

export const tables = `
create table if not exists refs (
  repository_id integer not null references repositories on delete cascade,
  name text not null,
  sha text not null,
  primary key (repository_id, name)
) strict, without rowid;
create table if not exists ref_intents (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  actor_id integer not null references accounts,
  kind text not null,
  body text not null,
  changes text not null,
  process integer,
  redo integer not null,
  created_at integer not null
) strict;
`

const Change = z.object({ ref: z.string(), before: z.string().nullable(), after: z.string().nullable() })

/** One ref's move; null is "not there". */
export type Change = z.infer<typeof Change>

const Intent = z.object({
  id: z.number(),
  repository_id: z.number(),
  actor_id: z.number(),
  kind: z.string(),
  body: json(z.unknown()),
  changes: json(z.array(Change)),
  process: z.number().nullable(),
  redo: flag,
})
type Intent = z.infer<typeof Intent>

const Identified = z.object({ id: z.number() })
const Ref = z.object({ name: z.string(), sha: z.string() })
export type Ref = z.infer<typeof Ref>

/** A move that has happened in git. */
export type Push = {
  readonly repository: Repository
  readonly actor: Account
  readonly change: Change
  /** The heads of the other branches at that moment. */
  readonly others: readonly Ref[]
  /** How many tags moved with it: GitHub is silent about more than three at once. */
  readonly tags: number
  readonly why: Why
  /** What git tells about it; asked once for all observers. */
  readonly facts: () => Promise<PushFacts>
}

/** Reads what it needs from git first; what it returns runs inside the transaction that stores the move. */
export type Observer = (push: Push) => Promise<() => void>
/** The same for what a move was made for, such as a merge: `applied` says whether the refs moved. */
export type Finisher = (body: unknown, actor: Account, applied: boolean) => Promise<() => void>

/** What a move is for: the finisher of this kind is told when it is done. */
export type Why = { readonly kind: string; readonly body: unknown }
type How = { readonly why?: Why | undefined; readonly process?: number }

/**
 * The refs, and the one way to move them. Git and SQLite do not commit together, so a move is written down first, then
 * made in git with compare-and-set, then stored with all its events in one transaction. After a kill the notes that
 * are left are compared with git: what moved is stored then, what did not is forgotten.
 */
export class Refs {
  readonly #store: Store
  readonly #git: GitStore
  readonly #now: () => number
  readonly #locks = new Locks()
  readonly #observers: Observer[] = []
  readonly #finishers = new Map<string, Finisher>()

  constructor(store: Store, git: GitStore, now: () => number) {
    this.#store = store
    this.#git = git
    this.#now = now
  }

  /** Tells a module of every move of a branch or tag, in the order in which the modules are wired. */
  observe(observer: Observer): void {
    this.#observers.push(observer)
  }

  finish(kind: string, finisher: Finisher): void {
    this.#finishers.set(kind, finisher)
  }

  /** Nobody else moves refs of this repository meanwhile. */
  lock(repository: number): Promise<() => void> {
    return this.#locks.take(repository)
  }

  get(repository: number, name: string): string | null {
    const key = sql`repository_id = ${repository} and name = ${name}`
    return this.#store.first(sql`select name, sha from refs where ${key}`, Ref)?.sha ?? null
  }

  /** The refs whose names start with this, in the order of their names. */
  list(repository: number, prefix: string): Ref[] {
    return this.#store.all(
      sql`select name, sha from refs
        where repository_id = ${repository} and substr(name, 1, ${prefix.length}) = ${prefix}
        order by name limit 100000`,
      Ref,
    )
  }

  /** Moves refs all together or not at all. A ref that is not where `before` says is a conflict. */
  async move(repository: Repository, actor: Account, changes: readonly Change[], why?: Why): Promise<void> {
    const release = await this.lock(repository.id)
    try {
      // A name goes to git as part of a line.
      if (changes.some(({ ref }) => /\s/.test(ref))) throw unprocessable('Reference name is not valid.')
      const stale = changes.find(({ ref, before }) => this.get(repository.id, ref) !== before)
      if (stale) throw conflict(`${stale.ref} has moved meanwhile.`)
      await this.carryOut(this.intend(repository, actor, changes, { why }))
    } finally {
      release()
    }
  }

  /**
   * Notes what is about to be moved, before git does it. The caller holds the lock.
   * @param how `process` is the git command that moves them; without one a restart moves them itself.
   */
  intend(repository: { id: number }, actor: Account, changes: readonly Change[], how: How = {}): number {
    return this.#store.insert('ref_intents', {
      repository_id: repository.id,
      actor_id: actor.id,
      kind: how.why?.kind ?? 'push',
      body: JSON.stringify(how.why?.body ?? null),
      changes: JSON.stringify(changes),
      process: how.process ?? null,
      redo: how.process === undefined,
      created_at: this.#now(),
    })
  }

  /** Does what a note says and settles it. The caller holds the lock. */
  async carryOut(id: number): Promise<void> {
    const intent = this.#intent(id)
    if (!intent) return
    try {
      const isDone = await updateRefs(this.#git.at(intent.repository_id), intent.changes)
      if (!isDone) throw unprocessable('Reference update failed')
    } finally {
      await this.settle(id)
    }
  }

  /** Compares a note with git, and stores what happened together with its events. The caller holds the lock. */
  async settle(id: number): Promise<void> {
    const intent = this.#intent(id)
    const repository = intent && repositoryById(this.#store, intent.repository_id)
    const actor = intent && accountById(this.#store, intent.actor_id)
    if (!intent || !repository || !actor) return
    const actual = await this.#git.at(repository.id).refs()
    const applied = intent.changes.filter(
      ({ ref, after }) => (actual.get(ref) ?? null) === after && this.get(repository.id, ref) !== after,
    )
    const acts = await this.#prepare(repository, actor, applied, intent)
    const finish = await this.#finishers.get(intent.kind)?.(intent.body, actor, applied.length > 0)
    this.#store.transact(() => {
      for (const change of applied) this.#remember(repository.id, change)
      for (const act of acts) act()
      finish?.()
      this.#store.run(sql`delete from ref_intents where id = ${id}`)
    })
  }

  /** Settles what a killed server left, once the git commands that it started have ended. */
  async recover(): Promise<void> {
    const known = this.#store.all(sql`select id from repositories`, Identified)
    this.#git.sweep(new Set(known.map(({ id }) => id)))
    const left = this.#store.all(sql`select * from ref_intents order by id limit 10000`, Intent)
    for (const intent of left) {
      const release = await this.lock(intent.repository_id)
      try {
        await processEnd(intent.process)
        if (intent.redo) await moveAgain(this.#git.at(intent.repository_id), intent.changes)
        await this.settle(intent.id)
      } finally {
        release()
      }
    }
  }

  async #prepare(
    repository: Repository,
    actor: Account,
    applied: readonly Change[],
    { kind, body }: Why,
  ): Promise<(() => void)[]> {
    const acts: (() => void)[] = []
    const tags = applied.filter(({ ref }) => ref.startsWith('refs/tags/')).length
    const heads = new Map(this.list(repository.id, 'refs/heads/').map(({ name, sha }) => [name, sha]))
    for (const change of applied) {
      heads.delete(change.ref)
      const others = [...heads].map(([name, sha]) => ({ name, sha }))
      const told = lazily(() => factsOf(this.#git.at(repository.id), { repository, change, others }))
      const push = { repository, actor, change, others, tags, why: { kind, body }, facts: told }
      for (const observer of this.#observers) acts.push(await observer(push))
      if (change.after !== null && change.ref.startsWith('refs/heads/')) heads.set(change.ref, change.after)
    }
    return acts
  }

  #intent(id: number): Intent | null {
    return this.#store.first(sql`select * from ref_intents where id = ${id}`, Intent)
  }

  #remember(repository: number, { ref, after }: Change): void {
    if (after === null) {
      this.#store.run(sql`delete from refs where repository_id = ${repository} and name = ${ref}`)
      return
    }
    this.#store.run(sql`insert into refs (repository_id, name, sha) values (${repository}, ${ref}, ${after})
      on conflict do update set sha = excluded.sha`)
  }
}

function lazily<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined
  return () => (made ??= make())
}
