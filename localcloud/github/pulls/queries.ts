import { Account } from '../accounts/schema.ts'
import { sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Pull, Review, ReviewComment } from './schema.ts'

export function pullById(store: Store, id: number): Pull | null {
  return store.first(sql`select * from pulls where id = ${id}`, Pull)
}

export function pullOfIssue(store: Store, issue: number): Pull | null {
  return store.first(sql`select * from pulls where issue_id = ${issue}`, Pull)
}

/** Pull requests with their issues at hand in the condition. */
export function pullsWhere(store: Store, condition: Statement): Pull[] {
  return store.all(
    sql`select pulls.* from pulls join issues on issues.id = issue_id where ${condition}
      order by pulls.id limit 10000`,
    Pull,
  )
}

export function requestedReviewersOf(store: Store, pull: number): Account[] {
  return store.all(
    sql`select accounts.* from requested_reviewers join accounts on accounts.id = user_id
      where pull_id = ${pull} order by accounts.id limit 100`,
    Account,
  )
}

export function reviewsOf(store: Store, pull: number): Review[] {
  return store.all(sql`select * from reviews where pull_id = ${pull} order by id limit 10000`, Review)
}

export function reviewById(store: Store, id: number): Review | null {
  return store.first(sql`select * from reviews where id = ${id}`, Review)
}

export function reviewCommentsOf(store: Store, pull: number): ReviewComment[] {
  return store.all(sql`select * from review_comments where pull_id = ${pull} order by id limit 10000`, ReviewComment)
}

export function reviewCommentById(store: Store, id: number): ReviewComment | null {
  return store.first(sql`select * from review_comments where id = ${id}`, ReviewComment)
}
