import type { Json } from '../accounts/present.ts'
import type { Account, Caller } from '../accounts/schema.ts'
import type { Protection } from '../branches/schema.ts'
import type { GitObject } from '../git/repository.ts'
import type { Comment, Issue, Label, Milestone } from '../issues/schema.ts'
import type { Owner } from '../projects/owner.ts'
import type { Item, Project } from '../projects/schema.ts'
import type { Pull, Review } from '../pulls/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'

/** What one query works with. */
export type Graph = {
  readonly world: World
  readonly caller: Caller
  readonly objects: Objects
  /** The caller's own call of REST, for what REST does too. */
  readonly rest: (method: string, path: string, body?: unknown) => Promise<unknown>
  readonly show: Shows
}

/** Reads git objects, many at once. */
export type Objects = { readonly load: (repository: number, name: string) => Promise<GitObject | null> }

export type NamedRef = { readonly name: string; readonly sha: string }

/**
 * How each noun is shown: an object whose members are values or functions of the field's arguments. Nouns refer to each
 * other through this table, so that their files need not.
 */
export type Shows = {
  readonly account: (g: Graph, account: Account) => Json
  readonly repository: (g: Graph, repository: Repository) => Json
  readonly ref: (g: Graph, repository: Repository, ref: NamedRef) => Json
  /** A commit, a tree, a blob or an annotated tag, by its hash. */
  readonly gitObject: (g: Graph, repository: Repository, sha: string) => Promise<Json | null>
  /** An issue, or the pull request that it is. */
  readonly issue: (g: Graph, repository: Repository, issue: Issue) => Json
  readonly pull: (g: Graph, repository: Repository, issue: Issue, pull: Pull) => Json
  readonly review: (g: Graph, repository: Repository, issue: Issue, review: Review) => Json
  readonly comment: (g: Graph, repository: Repository, issue: Issue, comment: Comment) => Json
  readonly label: (g: Graph, repository: Repository, label: Label) => Json
  readonly milestone: (g: Graph, repository: Repository, milestone: Milestone) => Json
  readonly protection: (g: Graph, repository: Repository, protection: Protection) => Json
  /** The project fields of whatever owns projects or is part of some. */
  readonly projectOwner: (g: Graph, owner: Owner) => Json
  readonly project: (g: Graph, project: Project) => Json
  readonly projectItem: (g: Graph, item: Item) => Json
  readonly draftIssue: (g: Graph, item: Item) => Json
}
