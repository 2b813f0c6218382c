import type { Account } from '../accounts/schema.ts'
import { Problem } from '../platform/problem.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Change } from './refs.ts'
import type { GitRepository } from './repository.ts'

/** A ref that somebody wants to move. */
export type Attempt = {
  readonly repository: Repository
  readonly actor: Account
  readonly change: Change
  readonly git: GitRepository
  /** Where git finds objects that are not yet part of the repository. */
  readonly env: Readonly<Record<string, string>>
  /** A merge of a pull request is judged by the merge itself. */
  readonly through: 'push' | 'api' | 'merge'
}

/** Why a ref must not move. */
export type Objection = {
  /** As in `GH006: Protected branch update failed for refs/heads/main.` */
  readonly title: string
  /** Where to read more, on a line of its own. */
  readonly review?: string
  readonly reasons: readonly string[]
  /** What git prints beside the ref. */
  readonly declined: string
  /** The actor may ignore the rule, and is told so. */
  readonly bypassed: boolean
}

export type Guard = (attempt: Attempt) => Promise<Objection | null>

/** The rules that stand before a ref moves, of whatever kind. */
export class Guards {
  readonly #guards: Guard[] = []

  add(guard: Guard): void {
    this.#guards.push(guard)
  }

  async objections(attempt: Attempt): Promise<Objection[]> {
    const all = await Promise.all(this.#guards.map((guard) => guard(attempt)))
    return all.filter((objection) => objection !== null)
  }

  /** Refuses what the API must not do. */
  async admit(attempt: Omit<Attempt, 'env'>, status = 422): Promise<void> {
    const objections = await this.objections({ ...attempt, env: {} })
    const [reason] = objections.filter(({ bypassed }) => !bypassed).flatMap(({ reasons }) => reasons)
    if (reason !== undefined) throw new Problem(status, reason)
  }
}

/** Whether a move throws commits away. */
export async function isForced({ change, git, env }: Attempt): Promise<boolean> {
  const { before, after } = change
  return before !== null && after !== null && !(await git.isAncestor(before, after, { env }))
}
