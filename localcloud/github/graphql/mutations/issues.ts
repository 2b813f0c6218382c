import type { Json } from '../../accounts/present.ts'
import { addIssue, changeIssue } from '../../issues/changes.ts'
import type { IssueChange } from '../../issues/changes.ts'
import { issueJson } from '../../issues/present.ts'
import { assigneesOf, labelsOf } from '../../issues/queries.ts'
import { sql } from '../../platform/sql.ts'
import type { Repository } from '../../repositories/schema.ts'
import { demand } from '../access.ts'
import { unprocessable } from '../failure.ts'
import type { Graph } from '../graph.ts'
import { accountAt, labelAt, milestoneAt, repositoryAt, subjectAt } from '../targets.ts'
import type { Subject } from '../targets.ts'

type Relations = {
  readonly assigneeIds?: readonly string[] | null
  readonly labelIds?: readonly string[] | null
  readonly milestoneId?: string | null
}
type NewIssue = Relations & { readonly repositoryId: string; readonly title: string; readonly body?: string | null }
export type Changes = Relations & {
  readonly title?: string | null
  readonly body?: string | null
  readonly state?: 'OPEN' | 'CLOSED' | null
}
type Reason = 'COMPLETED' | 'NOT_PLANNED' | 'DUPLICATE'
type Input<Body> = { readonly input: Body }

/** What is done to issues and, where they are alike, to pull requests. */
export const issueMutations: Json = {
  createIssue,
  updateIssue: ({ input }: Input<Changes & { id: string }>, g: Graph) => ({
    actor: g.show.account(g, g.caller.user),
    issue: update(g, 'updateIssue', subjectAt(g, input.id), input),
  }),
  closeIssue: ({ input }: Input<{ issueId: string; stateReason?: Reason | null }>, g: Graph) => {
    const reason = reasons[input.stateReason ?? 'COMPLETED']
    return { issue: turn(g, 'closeIssue', subjectAt(g, input.issueId), { state: 'closed', state_reason: reason }) }
  },
  reopenIssue: ({ input }: Input<{ issueId: string }>, g: Graph) => ({
    issue: turn(g, 'reopenIssue', subjectAt(g, input.issueId), { state: 'open' }),
  }),
  deleteIssue,
  addLabelsToLabelable: ({ input }: Input<LabelInput>, g: Graph) =>
    relabel(g, 'addLabelsToLabelable', input, (before, named) => [...before, ...named]),
  removeLabelsFromLabelable: ({ input }: Input<LabelInput>, g: Graph) =>
    relabel(g, 'removeLabelsFromLabelable', input, (before, named) => before.filter((name) => !named.includes(name))),
  clearLabelsFromLabelable: ({ input }: Input<LabelInput>, g: Graph) =>
    relabel(g, 'clearLabelsFromLabelable', input, () => []),
  addAssigneesToAssignable: ({ input }: Input<AssigneeInput>, g: Graph) => reassign(g, input, true),
  removeAssigneesFromAssignable: ({ input }: Input<AssigneeInput>, g: Graph) => reassign(g, input, false),
}

const reasons = { COMPLETED: 'completed', NOT_PLANNED: 'not_planned', DUPLICATE: 'duplicate' } as const

function createIssue({ input }: Input<NewIssue>, g: Graph): Json {
  const repository = repositoryAt(g, input.repositoryId)
  demand(g, repository, 'read', 'createIssue')
  if (!repository.settings.has_issues) throw unprocessable('Issues are disabled for this repo')
  const title = titleOf(input.title)
  const relations = relationsOf(g, repository, input, 'createIssue')
  const issue = addIssue(g.world, repository, g.caller.user, { title, body: input.body ?? null, ...relations })
  return { issue: g.show.issue(g, repository, issue) }
}

/** Changes the words, the state and the relations of an issue or of a pull request's issue side. */
export function update(g: Graph, mutation: string, { repository, issue }: Subject, input: Changes): Json {
  demand(g, repository, issue.author_id === g.caller.user.id ? 'read' : 'triage', mutation)
  const { title, body, state } = input
  const change: IssueChange = {
    title: typeof title === 'string' ? titleOf(title) : undefined,
    body: body ?? undefined,
    state: state ? stateBy[state] : undefined,
    ...relationsOf(g, repository, input, mutation),
  }
  return g.show.issue(g, repository, changeIssue(g.world, repository, issue, g.caller.user, change))
}

const stateBy = { OPEN: 'open', CLOSED: 'closed' } as const

/** Opens or closes. */
export function turn(g: Graph, mutation: string, { repository, issue }: Subject, change: IssueChange): Json {
  demand(g, repository, issue.author_id === g.caller.user.id ? 'read' : 'triage', mutation)
  return g.show.issue(g, repository, changeIssue(g.world, repository, issue, g.caller.user, change))
}

function titleOf(title: string): string {
  if (title.trim() === '') throw unprocessable("Title can't be blank")
  if (title.length > 256) throw unprocessable('Title is too long (maximum is 256 characters)')
  return title
}

function relationsOf(
  g: Graph,
  repository: Repository,
  input: Relations,
  mutation: string,
): Pick<IssueChange, 'labels' | 'assignees' | 'milestone'> {
  const { assigneeIds, labelIds, milestoneId } = input
  if ((assigneeIds ?? labelIds ?? milestoneId) !== undefined) demand(g, repository, 'triage', mutation)
  return {
    labels: labelIds?.map((id) => labelAt(g, id).label.name),
    assignees: assigneeIds?.map((id) => accountAt(g, id)),
    milestone: typeof milestoneId === 'string' ? milestoneAt(g, repository, milestoneId) : milestoneId,
  }
}

function deleteIssue({ input }: Input<{ issueId: string }>, g: Graph): Json {
  const { store, events } = g.world
  const { repository, issue } = subjectAt(g, input.issueId)
  demand(g, repository, 'admin', 'deleteIssue')
  store.transact(() => {
    const body = { issue: issueJson(g.world, repository, issue) }
    store.run(sql`delete from issues where id = ${issue.id}`)
    events.raise({ name: 'issues', action: 'deleted', repository, sender: g.caller.user, body })
  })
  return { repository: g.show.repository(g, repository) }
}

type LabelInput = { readonly labelableId: string; readonly labelIds?: readonly string[] }

function relabel(
  g: Graph,
  mutation: string,
  { labelableId, labelIds = [] }: LabelInput,
  change: (before: readonly string[], named: readonly string[]) => readonly string[],
): Json {
  const { repository, issue } = subjectAt(g, labelableId)
  demand(g, repository, 'triage', mutation)
  const before = labelsOf(g.world.store, issue.id).map(({ name }) => name)
  const named = labelIds.map((id) => labelAt(g, id).label.name)
  const labels = [...new Set(change(before, named))]
  return { labelable: g.show.issue(g, repository, changeIssue(g.world, repository, issue, g.caller.user, { labels })) }
}

type AssigneeInput = { readonly assignableId: string; readonly assigneeIds: readonly string[] }

function reassign(g: Graph, { assignableId, assigneeIds }: AssigneeInput, isAdded: boolean): Json {
  const { repository, issue } = subjectAt(g, assignableId)
  demand(g, repository, 'triage', isAdded ? 'addAssigneesToAssignable' : 'removeAssigneesFromAssignable')
  const named = assigneeIds.map((id) => accountAt(g, id))
  const others = assigneesOf(g.world.store, issue.id).filter(({ id }) => !named.some((each) => each.id === id))
  const assignees = isAdded ? [...others, ...named] : others
  const changed = changeIssue(g.world, repository, issue, g.caller.user, { assignees })
  return { assignable: g.show.issue(g, repository, changed) }
}
