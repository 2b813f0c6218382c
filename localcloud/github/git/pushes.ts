import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Account } from '../accounts/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Objection } from './guards.ts'
import { processEnd } from './orphans.ts'
import type { Change } from './refs.ts'
import { zeros } from './repository.ts'

/** What the hook of a push tells before any ref moves. */
const Question = z.object({
  changes: z.array(z.object({ ref: z.string(), before: z.string(), after: z.string() })),
  env: z.record(z.string(), z.string()),
  process: z.number(),
})

/** What it prints, and whether anything may move. */
type Answer = { readonly text: string; readonly isRefused: boolean }

/** One `git push` on its way: from the hook's question on it holds the lock of its repository. */
export class RunningPush {
  readonly id = randomUUID()
  /** Where the hook of each ref reads which are refused. */
  readonly folder = mkdtempSync(join(tmpdir(), 'throughline-push-'))
  readonly #world: World
  readonly #repository: Repository
  readonly #actor: Account
  readonly #declined = new Map<string, string>()
  #release: (() => void) | null = null
  #intent: number | null = null
  #process: number | null = null

  constructor(world: World, repository: Repository, actor: Account) {
    this.#world = world
    this.#repository = repository
    this.#actor = actor
  }

  /** What to say beside each ref that is refused. */
  get declined(): ReadonlyMap<string, string> {
    return this.#declined
  }

  /** Answers the hook. What may move is written down first, so that a kill cannot hide it. */
  async ask(question: unknown): Promise<Answer> {
    const { changes: asked, env, process } = Question.parse(question)
    this.#release ??= await this.#world.refs.lock(this.#repository.id)
    const changes = asked.map(({ ref, before, after }) => ({ ref, before: known(before), after: known(after) }))
    const objections = await Promise.all(changes.map((change) => this.#judge(change, env)))
    writeFileSync(join(this.folder, 'refused'), [...this.#declined.keys()].map((ref) => `${ref}\n`).join(''))
    const allowed = changes.filter(({ ref }) => !this.#declined.has(ref))
    this.#process = process
    if (allowed.length > 0) this.#intent = this.#world.refs.intend(this.#repository, this.#actor, allowed, { process })
    return { text: objections.flat().map(remark).join(''), isRefused: allowed.length === 0 }
  }

  /** Stores what git has done, once it has ended, however it ended. */
  async end(): Promise<void> {
    try {
      await processEnd(this.#process)
      if (this.#intent !== null) await this.#world.refs.settle(this.#intent)
    } finally {
      this.#release?.()
      rmSync(this.folder, { recursive: true, force: true })
    }
  }

  async #judge(change: Change, env: Record<string, string>): Promise<{ ref: string; objection: Objection }[]> {
    const { guards, git } = this.#world
    const [repository, actor] = [this.#repository, this.#actor]
    const attempt = { repository, actor, change, git: git.at(repository.id), env, through: 'push' } as const
    const objections = await guards.objections(attempt)
    const refused = objections.find(({ bypassed }) => !bypassed)
    if (refused) this.#declined.set(change.ref, refused.declined)
    return objections.map((objection) => ({ ref: change.ref, objection }))
  }
}

function known(sha: string): string | null {
  return sha === zeros ? null : sha
}

/** The lines that git shows behind `remote:`. */
function remark({ ref, objection }: { readonly ref: string; readonly objection: Objection }): string {
  const reasons = objection.reasons.map((reason) => `- ${reason}\n\n`).join('')
  if (objection.bypassed) return `Bypassed rule violations for ${ref}:\n\n${reasons}`
  const review = objection.review === undefined ? '' : `${objection.review}\n`
  return `error: ${objection.title}\n${review}\n${reasons}`
}
