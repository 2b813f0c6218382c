import { z } from 'zod'
import { accountByLogin, addAccount } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import type { Raised } from '../hooks/events.ts'
import { issueNumbered } from '../issues/queries.ts'
import { sql } from '../platform/sql.ts'
import type { World } from '../world.ts'
import { setValue } from './items.ts'
import { fieldNamed, itemsWhere, workflowsOf } from './queries.ts'

const Numbered = z.object({
  number: z.number().optional(),
  issue: z.object({ number: z.number() }).optional(),
  pull_request: z.object({ merged: z.boolean() }).optional(),
})

/** What GitHub's own workflows do in every project: what is closed or merged is `Done`. */
export function runWorkflows(world: World): void {
  world.events.listen((raised) => {
    if (raised.action !== 'closed' || !raised.repository) return
    const workflow = workflowFor(raised)
    const body = Numbered.safeParse(raised.payload).data
    const number = body?.issue?.number ?? body?.number
    if (workflow === null || number === undefined) return
    const issue = issueNumbered(world.store, raised.repository.id, number)
    if (issue) finish(world, issue.id, workflow)
  })
}

function workflowFor({ name, payload }: Raised): 'Item closed' | 'Pull request merged' | null {
  if (name === 'issues') return 'Item closed'
  if (name !== 'pull_request') return null
  return Numbered.safeParse(payload).data?.pull_request?.merged === true ? 'Pull request merged' : 'Item closed'
}

function finish(world: World, issue: number, workflow: string): void {
  const { store } = world
  for (const item of itemsWhere(store, sql`issue_id = ${issue} and archived_at is null`)) {
    if (!workflowsOf(store, item.project_id).some(({ name }) => name === workflow)) continue
    const status = fieldNamed(store, item.project_id, 'Status')
    const done = status?.options.find(({ name }) => name === 'Done')
    if (status && done) setValue(world, item, status, { option: done.id }, automat(world))
  }
}

/** The account in whose name GitHub's workflows act. */
function automat({ store, now }: World): Account {
  const login = 'github-project-automation[bot]'
  return accountByLogin(store, login) ?? addAccount(store, { type: 'Bot', login }, now())
}
