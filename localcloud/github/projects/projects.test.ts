import { addItem, fieldParts, newBoard, newIssue, setValue } from '../testing/board.ts'
import type { Field } from '../testing/board.ts'
import { startHub } from '../testing/hub.ts'

const { hub, restart } = startHub()

async function statusOf(item: string): Promise<string | undefined> {
  const { data } = await hub().graphql(
    `query ($item: ID!) { node(id: $item) { ... on ProjectV2Item {
      fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } }
    } } }`,
    { item },
  )
  return data.node.fieldValueByName?.name
}

test('a new project has the fields that GitHub gives every project', async () => {
  const board = await newBoard(hub(), 'Infrastructure Management')
  expect(board).toMatchObject({ number: 1, title: 'Infrastructure Management', closed: false, public: false })
  expect(board.url).toBe(`${hub().url}/users/owner/projects/1`)
  expect(board.field('Status').options).toEqual([
    { id: 'f75ad846', name: 'Todo', color: 'GREEN', description: "This item hasn't been started" },
    { id: '47fc9ee4', name: 'In Progress', color: 'YELLOW', description: 'This is actively being worked on' },
    { id: '98236657', name: 'Done', color: 'PURPLE', description: 'This has been completed' },
  ])
  expect(board.fields.map(({ name }: Field) => name)).toEqual([
    'Title',
    'Assignees',
    'Status',
    'Labels',
    'Linked pull requests',
    'Milestone',
    'Repository',
    'Reviewers',
    'Parent issue',
    'Sub-issues progress',
  ])
})

test('an issue is added once, moves through the columns, and is done when it is closed', async () => {
  const board = await newBoard(hub(), 'Board')
  const issue = await newIssue(hub(), 'tasks', 'Add a queue')
  const item = await addItem(hub(), board.id, issue.node_id)
  expect(await addItem(hub(), board.id, issue.node_id)).toBe(item)
  const status = board.field('Status')
  const input = { projectId: board.id, itemId: item, fieldId: status.id, value: { singleSelectOptionId: '47fc9ee4' } }
  await hub().graphql(setValue, { input })
  expect(await statusOf(item)).toBe('In Progress')
  await hub().octokit.rest.issues.update({ owner: 'owner', repo: 'tasks', issue_number: 1, state: 'closed' })
  expect(await statusOf(item)).toBe('Done')
  const { value: _, ...target } = input
  const clear =
    'mutation ($input: ClearProjectV2ItemFieldValueInput!) { clearProjectV2ItemFieldValue(input: $input) { projectV2Item { id } } }'
  await hub().graphql(clear, { input: target })
  expect(await statusOf(item)).toBeUndefined()
})

test('an item shows what its issue says and what the board adds', async () => {
  const board = await newBoard(hub(), 'Values')
  const item = await addItem(hub(), board.id, (await newIssue(hub(), 'values', 'Look at me')).node_id)
  const make = (input: Record<string, unknown>) =>
    hub().graphql(
      `mutation ($input: CreateProjectV2FieldInput!) { createProjectV2Field(input: $input) { projectV2Field {
        ... on ProjectV2FieldCommon { id } ... on ProjectV2IterationField { configuration { iterations { id } } } } } }`,
      { input: { projectId: board.id, ...input } },
    )
  const set = (fieldId: string, value: unknown) =>
    hub().graphql(setValue, { input: { projectId: board.id, itemId: item, fieldId, value } })
  const { data: points } = await make({ name: 'Points', dataType: 'NUMBER' })
  await set(points.createProjectV2Field.projectV2Field.id, { number: 2.5 })
  const { data: due } = await make({ name: 'Due', dataType: 'DATE' })
  await set(due.createProjectV2Field.projectV2Field.id, { date: '2026-12-24' })
  const { data: sprint } = await make({ name: 'Sprint', dataType: 'ITERATION' })
  const iteration = sprint.createProjectV2Field.projectV2Field
  await set(iteration.id, { iterationId: iteration.configuration.iterations[0].id })
  expect((await make({ name: 'points', dataType: 'TEXT' })).errors).toMatchObject([
    { type: 'VALIDATION', message: 'Name has already been taken' },
  ])
  const { data } = await hub().graphql(
    `query ($item: ID!) { node(id: $item) { ... on ProjectV2Item { type content { ... on Issue { title } } fieldValues(first: 20) { nodes {
      ... on ProjectV2ItemFieldTextValue { text }
      ... on ProjectV2ItemFieldNumberValue { number }
      ... on ProjectV2ItemFieldDateValue { date }
      ... on ProjectV2ItemFieldIterationValue { title duration }
      ... on ProjectV2ItemFieldLabelValue { labels(first: 5) { nodes { name } } }
      ... on ProjectV2ItemFieldUserValue { users(first: 5) { nodes { login } } }
      ... on ProjectV2ItemFieldRepositoryValue { repository { name } }
    } } } } }`,
    { item },
  )
  expect(data.node).toEqual({
    type: 'ISSUE',
    content: { title: 'Look at me' },
    fieldValues: {
      nodes: [
        { text: 'Look at me' },
        { users: { nodes: [{ login: 'owner' }] } },
        { labels: { nodes: [{ name: 'infrastructure' }] } },
        { repository: { name: 'values' } },
        { number: 2.5 },
        { date: '2026-12-24' },
        { title: 'Iteration 1', duration: 14 },
      ],
    },
  })
})

test('columns are replaced as a whole: their ids are new and items lose what they had', async () => {
  const board = await newBoard(hub(), 'Columns')
  const item = await addItem(hub(), board.id, (await newIssue(hub(), 'columns', 'Move me')).node_id)
  const status = board.field('Status')
  const put = (value: unknown, fieldId = status.id) =>
    hub().graphql(setValue, { input: { projectId: board.id, itemId: item, fieldId, value } })
  await put({ singleSelectOptionId: 'f75ad846' })
  const singleSelectOptions = ['To Do', 'In Progress', 'Review', 'Done'].map((name) => ({
    name,
    color: 'GRAY',
    description: '',
  }))
  const { data } = await hub().graphql(
    `mutation ($input: UpdateProjectV2FieldInput!) { updateProjectV2Field(input: $input) { projectV2Field { ${fieldParts} } } }`,
    { input: { fieldId: status.id, singleSelectOptions } },
  )
  const options: NonNullable<Field['options']> = data.updateProjectV2Field.projectV2Field.options
  expect(options.map(({ name }) => name)).toEqual(['To Do', 'In Progress', 'Review', 'Done'])
  expect(await statusOf(item)).toBeUndefined()
  expect((await put({ singleSelectOptionId: '47fc9ee4' })).errors).toMatchObject([
    { type: 'VALIDATION', message: 'The single select option Id does not belong to the field' },
  ])
  await put({ singleSelectOptionId: options[2]?.id })
  expect(await statusOf(item)).toBe('Review')
})

test('a draft is written, moved to the top, archived, made an issue and removed', async () => {
  const board = await newBoard(hub(), 'Drafts')
  await addItem(hub(), board.id, (await newIssue(hub(), 'drafts', 'First')).node_id)
  const { data: made } = await hub().graphql(
    `mutation ($projectId: ID!) { addProjectV2DraftIssue(input: { projectId: $projectId, title: "Idea", body: "One day" }) {
      projectItem { id type content { ... on DraftIssue { id title body } } } } }`,
    { projectId: board.id },
  )
  const draft = made.addProjectV2DraftIssue.projectItem
  expect(draft).toMatchObject({ type: 'DRAFT_ISSUE', content: { title: 'Idea', body: 'One day' } })
  const target = { projectId: board.id, itemId: draft.id }
  const act = (name: string, input: Record<string, unknown>, result: string) =>
    hub().graphql(
      `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${result} } }`,
      { input },
    )
  await act(
    'updateProjectV2DraftIssue',
    { draftIssueId: draft.content.id, title: 'Better idea' },
    'draftIssue { title }',
  )
  const { data: moved } = await act('updateProjectV2ItemPosition', target, 'items(first: 5) { nodes { type } }')
  expect(moved.updateProjectV2ItemPosition.items.nodes).toEqual([{ type: 'DRAFT_ISSUE' }, { type: 'ISSUE' }])
  const { data: archived } = await act('archiveProjectV2Item', target, 'item { isArchived }')
  expect(archived.archiveProjectV2Item.item.isArchived).toBe(true)
  const { data: repository } = await hub().octokit.rest.repos.get({ owner: 'owner', repo: 'drafts' })
  const { data: converted } = await act(
    'convertProjectV2DraftIssueItemToIssue',
    { itemId: draft.id, repositoryId: repository.node_id },
    'item { type content { ... on Issue { number title } } }',
  )
  expect(converted.convertProjectV2DraftIssueItemToIssue.item).toEqual({
    type: 'ISSUE',
    content: { number: 2, title: 'Better idea' },
  })
  const { data: deleted } = await act('deleteProjectV2Item', target, 'deletedItemId')
  expect(deleted.deleteProjectV2Item.deletedItemId).toBe(draft.id)
})

test('boards, values and links outlive a restart; a deleted board takes its number along', async () => {
  const board = await newBoard(hub(), 'Kept')
  const issue = await newIssue(hub(), 'kept', 'Stay')
  await addItem(hub(), board.id, issue.node_id)
  const { data: repository } = await hub().octokit.rest.repos.get({ owner: 'owner', repo: 'kept' })
  await hub().graphql(
    'mutation ($input: LinkProjectV2ToRepositoryInput!) { linkProjectV2ToRepository(input: $input) { repository { id } } }',
    { input: { projectId: board.id, repositoryId: repository.node_id } },
  )
  await restart()
  const { data } = await hub().graphql(
    `{ repository(owner: "owner", name: "kept") {
      projectsV2(first: 5) { nodes { title items(first: 5) { totalCount } } }
      issue(number: 1) { projectItems(first: 5) { nodes { project { title } } } }
    } }`,
  )
  expect(data.repository).toEqual({
    projectsV2: { nodes: [{ title: 'Kept', items: { totalCount: 1 } }] },
    issue: { projectItems: { nodes: [{ project: { title: 'Kept' } }] } },
  })
  await hub().graphql('mutation ($id: ID!) { deleteProjectV2(input: { projectId: $id }) { projectV2 { id } } }', {
    id: board.id,
  })
  expect((await newBoard(hub(), 'Next')).number).toBe(board.number + 1)
})
