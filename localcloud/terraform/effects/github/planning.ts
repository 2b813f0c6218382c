import { objectIn, textIn } from '../../protocol/values.ts'
import type { Values } from '../../protocol/values.ts'
import { ifThere } from '../effect.ts'
import type { Effect } from '../effect.ts'
import { fill, rest } from '../rest.ts'

const repository = '/repos/{owner}/{repository}'
const oneLabel = `${repository}/labels/{name}`

const label = rest({
  collection: `${repository}/labels`,
  item: oneLabel,
  sends: ['name', 'color', 'description'],
  changes: { method: 'PATCH', sends: [['name', 'new_name'], 'color', 'description'] },
  imports: '{repository}:{name}',
  shows: (said, known) => ({ ...said, id: `${String(known['repository'])}:${String(said['name'])}` }),
})

/** A label. One that is there already, as the usual ones of a new repository are, is taken over. */
export const issueLabel: Effect = {
  ...label,
  create: async (planned, cloud) => {
    const known = await ifThere(cloud.call({ method: 'GET', path: fill(oneLabel, { ...planned, owner: cloud.owner }) }))
    return known === null ? label.create(planned, cloud) : label.update(planned, cloud, planned)
  },
}

/** A milestone. Its day ends at midnight of the west coast, as GitHub has it. */
export const milestone: Effect = rest({
  collection: `${repository}/milestones`,
  item: `${repository}/milestones/{number}`,
  sends: ['title', 'description', ['due_date', 'due_on'], 'state'],
  changes: { method: 'PATCH', sends: ['title', 'description', ['due_date', 'due_on'], 'state'] },
  imports: '{owner}/{repository}/{number}',
  body: ({ due_on: day, ...body }) => ({
    ...body,
    ...(day === undefined ? {} : { due_on: `${textIn(day)}T07:00:00Z` }),
  }),
  shows: (said, { owner, repository: name }) => ({
    ...said,
    id: [owner, name, said['number']].join('/'),
    due_date: typeof said['due_on'] === 'string' ? said['due_on'].slice(0, 10) : null,
  }),
})

const base = rest({
  collection: `${repository}/issues`,
  item: `${repository}/issues/{number}`,
  sends: ['title', 'body', 'labels', 'assignees', ['milestone_number', 'milestone']],
  changes: { method: 'PATCH', sends: ['title', 'body', 'labels', 'assignees', ['milestone_number', 'milestone']] },
  imports: '{repository}:{number}',
  shows: (said, known) => ({
    ...said,
    id: `${String(known['repository'])}:${String(said['number'])}`,
    issue_id: said['id'],
    labels: namesIn(said['labels'], 'name'),
    assignees: namesIn(said['assignees'], 'login'),
    milestone_number: objectIn(said['milestone'])?.['number'] ?? null,
  }),
})

function namesIn(list: unknown, name: string): unknown[] {
  return Array.isArray(list) ? list.map((each: unknown): unknown => objectIn(each)?.[name]) : []
}

/** An issue. Nobody can delete one: it is closed. */
export const issue: Effect = {
  ...base,
  remove: async (state: Values, cloud) => {
    const path = fill(`${repository}/issues/{number}`, { ...state, owner: cloud.owner })
    await ifThere(cloud.call({ method: 'PATCH', path, body: { state: 'closed' } }))
  },
}
