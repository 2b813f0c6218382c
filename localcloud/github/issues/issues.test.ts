import { newUser } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const place = { owner: 'owner', repo: 'tasks' }
const tell = () => hub().octokit.rest

beforeAll(async () => {
  await tell().repos.createForAuthenticatedUser({ name: 'tasks', auto_init: true })
  await newUser(hub(), 'helper')
  await tell().repos.addCollaborator({ ...place, username: 'helper', permission: 'push' })
})

test('an issue is opened, changed, closed and reopened, and remembers it', async () => {
  const { data: made } = await tell().issues.create({
    ...place,
    title: 'First',
    body: 'b',
    labels: ['bug', 'new label'],
    assignees: ['helper'],
  })
  expect(made).toMatchObject({
    title: 'First',
    state: 'open',
    comments: 0,
    author_association: 'OWNER',
    assignee: { login: 'helper' },
    locked: false,
  })
  expect(made.labels).toMatchObject([
    { name: 'bug', default: true },
    { name: 'new label', color: 'ededed', default: false },
  ])
  const key = { ...place, issue_number: made.number }
  await tell().issues.update({ ...key, title: 'Renamed', body: null })
  const { data: closed } = await tell().issues.update({ ...key, state: 'closed', state_reason: 'not_planned' })
  expect(closed).toMatchObject({
    title: 'Renamed',
    state: 'closed',
    state_reason: 'not_planned',
    closed_by: { login: 'owner' },
    closed_at: expect.any(String),
  })
  const { data: open } = await tell().issues.update({ ...key, state: 'open' })
  expect(open).toMatchObject({ state: 'open', state_reason: 'reopened', closed_at: null })
  const { data: events } = await tell().issues.listEvents(key)
  expect(events.map(({ event }) => event)).toEqual(['labeled', 'labeled', 'assigned', 'renamed', 'closed', 'reopened'])
  await tell().issues.createComment({ ...key, body: 'Said' })
  const { data: timeline } = await tell().issues.listEventsForTimeline(key)
  expect(timeline.at(-1)).toMatchObject({ event: 'commented', body: 'Said' })
  expect((await tell().issues.listEventsForRepo(place)).data[0]).toMatchObject({
    event: 'reopened',
    issue: { number: made.number },
  })
  expect((await tell().issues.getEvent({ ...place, event_id: events[0]?.id ?? 0 })).data.event).toBe('labeled')
})

test('numbers are never given twice', async () => {
  const numbers = await Promise.all(
    Array.from(
      { length: 10 },
      async (_, index) => (await tell().issues.create({ ...place, title: `${index}` })).data.number,
    ),
  )
  expect(new Set(numbers).size).toBe(10)
})

test.each([
  ['a milestone that is not there', { milestone: 99 }, { resource: 'Issue', field: 'milestone', code: 'invalid' }],
  [
    'somebody unknown',
    { assignees: ['nobody'] },
    { resource: 'Issue', field: 'assignees', code: 'invalid', value: 'nobody' },
  ],
])('%s is refused', async (_what, wish, error) => {
  await expect(tell().issues.create({ ...place, title: 'x', ...wish })).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [error] } },
  })
})

test('labels are made, renamed, put on issues and dropped', async () => {
  const { data: label } = await tell().issues.createLabel({
    ...place,
    name: 'priority:high',
    color: 'D93F0B',
    description: 'Soon',
  })
  expect(label).toMatchObject({ name: 'priority:high', color: 'D93F0B', default: false })
  await expect(tell().issues.createLabel({ ...place, name: 'PRIORITY:HIGH' })).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ code: 'already_exists' }] } },
  })
  for (const color of ['red', '#D93F0B']) {
    await expect(tell().issues.createLabel({ ...place, name: 'x', color })).rejects.toMatchObject({
      status: 422,
      response: {
        data: { message: 'Validation Failed', errors: [{ resource: 'Label', code: 'invalid', field: 'color' }] },
      },
    })
  }
  const { data: renamed } = await tell().issues.updateLabel({
    ...place,
    name: 'priority:high',
    new_name: 'urgent',
    color: 'ffffff',
  })
  expect(renamed.name).toBe('urgent')
  const { data: issue } = await tell().issues.create({ ...place, title: 'Labelled' })
  const key = { ...place, issue_number: issue.number }
  expect((await tell().issues.addLabels({ ...key, labels: ['urgent', 'bug'] })).data).toHaveLength(2)
  expect((await tell().issues.setLabels({ ...key, labels: ['question'] })).data.map(({ name }) => name)).toEqual([
    'question',
  ])
  expect((await tell().issues.removeLabel({ ...key, name: 'question' })).data).toEqual([])
  await expect(tell().issues.removeLabel({ ...key, name: 'question' })).rejects.toMatchObject({ status: 404 })
  await tell().issues.addLabels({ ...key, labels: ['urgent'] })
  await tell().issues.deleteLabel({ ...place, name: 'urgent' })
  expect((await tell().issues.listLabelsOnIssue(key)).data).toEqual([])
  await tell().issues.addLabels({ ...key, labels: ['bug'] })
  expect((await tell().issues.removeAllLabels(key)).status).toBe(204)
})

test('milestones gather issues', async () => {
  const { data: made } = await tell().issues.createMilestone({
    ...place,
    title: 'v1',
    description: 'd',
    due_on: '2027-01-01T00:00:00Z',
  })
  expect(made).toMatchObject({ number: 1, state: 'open', due_on: '2027-01-01T00:00:00Z', open_issues: 0 })
  await expect(tell().issues.createMilestone({ ...place, title: 'v1' })).rejects.toMatchObject({ status: 422 })
  const { data: issue } = await tell().issues.create({ ...place, title: 'In it', milestone: 1, labels: ['bug'] })
  expect(issue.milestone?.title).toBe('v1')
  expect(
    (await tell().issues.listLabelsForMilestone({ ...place, milestone_number: 1 })).data.map(({ name }) => name),
  ).toEqual(['bug'])
  expect((await tell().issues.listForRepo({ ...place, milestone: '1' })).data).toHaveLength(1)
  await tell().issues.update({ ...place, issue_number: issue.number, state: 'closed' })
  expect((await tell().issues.getMilestone({ ...place, milestone_number: 1 })).data).toMatchObject({
    open_issues: 0,
    closed_issues: 1,
  })
  expect(
    (await tell().issues.updateMilestone({ ...place, milestone_number: 1, state: 'closed' })).data.closed_at,
  ).toEqual(expect.any(String))
  expect((await tell().issues.listMilestones({ ...place, state: 'closed' })).data).toHaveLength(1)
  await tell().issues.deleteMilestone({ ...place, milestone_number: 1 })
  expect((await tell().issues.get({ ...place, issue_number: issue.number })).data.milestone).toBeNull()
})

test('comments belong to who wrote them', async () => {
  const { data: issue } = await tell().issues.create({ ...place, title: 'Talk' })
  const { data: comment } = await tell().issues.createComment({ ...place, issue_number: issue.number, body: 'One' })
  await expect(tell().issues.createComment({ ...place, issue_number: issue.number, body: ' ' })).rejects.toMatchObject({
    status: 422,
  })
  expect((await tell().issues.updateComment({ ...place, comment_id: comment.id, body: 'Two' })).data.body).toBe('Two')
  expect((await tell().issues.get({ ...place, issue_number: issue.number })).data.comments).toBe(1)
  const stranger = hub().client(await newUser(hub(), 'stranger')).rest
  await expect(stranger.issues.updateComment({ ...place, comment_id: comment.id, body: 'Mine' })).rejects.toMatchObject(
    { status: 403 },
  )
  await tell().issues.lock({ ...place, issue_number: issue.number, lock_reason: 'too heated' })
  await expect(
    stranger.issues.createComment({ ...place, issue_number: issue.number, body: 'x' }),
  ).rejects.toMatchObject({ status: 403 })
  expect((await tell().issues.get({ ...place, issue_number: issue.number })).data).toMatchObject({
    locked: true,
    active_lock_reason: 'too heated',
  })
  await tell().issues.unlock({ ...place, issue_number: issue.number })
  expect(
    (await stranger.issues.createComment({ ...place, issue_number: issue.number, body: 'x' })).data.author_association,
  ).toBe('NONE')
  await tell().issues.deleteComment({ ...place, comment_id: comment.id })
  await expect(tell().issues.getComment({ ...place, comment_id: comment.id })).rejects.toMatchObject({ status: 404 })
  expect((await tell().issues.listCommentsForRepo(place)).data.length).toBeGreaterThan(0)
  const { data: wished } = await stranger.issues.create({ ...place, title: 'A wish', labels: ['bug'] })
  expect(wished.labels).toEqual([])
  await expect(stranger.issues.update({ ...place, issue_number: issue.number, title: 'x' })).rejects.toMatchObject({
    status: 403,
  })
})

test('assignees come and go', async () => {
  const { data: issue } = await tell().issues.create({ ...place, title: 'Whose' })
  const key = { ...place, issue_number: issue.number }
  expect((await tell().issues.listAssignees(place)).data.map(({ login }) => login)).toEqual(['owner', 'helper'])
  expect((await tell().issues.addAssignees({ ...key, assignees: ['helper', 'nobody'] })).data.assignees).toHaveLength(1)
  expect((await tell().issues.removeAssignees({ ...key, assignees: ['helper'] })).data.assignees).toEqual([])
  expect((await tell().issues.checkUserCanBeAssigned({ ...place, assignee: 'helper' })).status).toBe(204)
  expect((await tell().issues.checkUserCanBeAssignedToIssue({ ...key, assignee: 'helper' })).status).toBe(204)
  await expect(tell().issues.checkUserCanBeAssigned({ ...place, assignee: 'nobody' })).rejects.toMatchObject({
    status: 404,
  })
})

test('lists are filtered and ordered', async () => {
  const { data: repo } = await tell().repos.createForAuthenticatedUser({ name: 'filtered' })
  const at = { owner: 'owner', repo: repo.name }
  await tell().issues.create({ ...at, title: 'a', labels: ['bug', 'question'] })
  await tell().issues.create({ ...at, title: 'b', labels: ['bug'], assignees: ['owner'] })
  await tell().issues.create({ ...at, title: 'c', body: 'For @Helper' })
  await tell().issues.update({ ...at, issue_number: 3, state: 'closed' })
  const titles = async (query: object) =>
    (await tell().issues.listForRepo({ ...at, ...query })).data.map(({ title }) => title)
  expect(await titles({})).toEqual(['b', 'a'])
  expect(await titles({ state: 'all', direction: 'asc' })).toEqual(['a', 'b', 'c'])
  expect(await titles({ labels: 'bug,question' })).toEqual(['a'])
  expect(await titles({ assignee: 'owner' })).toEqual(['b'])
  expect(await titles({ assignee: 'none' })).toEqual(['a'])
  expect(await titles({ creator: 'helper' })).toEqual([])
  expect(await titles({ mentioned: 'helper', state: 'all' })).toEqual(['c'])
  expect(await titles({ since: '2099-01-01T00:00:00Z' })).toEqual([])
  expect((await tell().issues.listForAuthenticatedUser()).data.map(({ title }) => title)).toEqual(['b'])
  await expect(tell().issues.listForRepo({ ...at, since: 'yesterday' })).rejects.toMatchObject({ status: 422 })
  await tell().repos.update({ ...at, has_issues: false })
  await expect(tell().issues.create({ ...at, title: 'x' })).rejects.toMatchObject({ status: 410 })
})

test('a commit on the default branch closes what it says it closes', async () => {
  const { data: issue } = await tell().issues.create({ ...place, title: 'To be closed' })
  const { data: other } = await tell().issues.create({ ...place, title: 'To be mentioned' })
  await tell().repos.createOrUpdateFileContents({
    ...place,
    path: 'fix',
    message: `Fixes #${issue.number}, see #${other.number}`,
    content: '',
  })
  expect((await tell().issues.get({ ...place, issue_number: issue.number })).data).toMatchObject({
    state: 'closed',
    state_reason: 'completed',
  })
  expect((await tell().issues.get({ ...place, issue_number: other.number })).data.state).toBe('open')
  const { data: events } = await tell().issues.listEvents({ ...place, issue_number: issue.number })
  expect(events.map(({ event, commit_id }) => [event, commit_id !== null])).toEqual([
    ['referenced', true],
    ['closed', true],
  ])
})
