import { addItem, newIssue } from '../../../localcloud/github/testing/board.ts'
import { startHub } from '../../../localcloud/github/testing/hub.ts'
import { ensureBoard } from './board.ts'
import { askGraphQl } from './graphql.ts'

const { hub } = startHub()
const columns = ['To Do', 'In Progress', 'Review', 'Done']
const board = { title: 'Infrastructure Management', description: 'Track it', columns }

/** What a person sees of the boards. */
async function boards() {
  const { data } = await hub().graphql(`{ viewer { projectsV2(first: 10) { nodes {
    id title shortDescription repositories(first: 10) { nodes { name } }
    field(name: "Status") { ... on ProjectV2SingleSelectField { options { name } } }
  } } } }`)
  return data.viewer.projectsV2.nodes
}

async function ensure(wanted: Parameters<typeof ensureBoard>[2], repositories: readonly string[] = ['infra']) {
  const ask = askGraphQl(`${hub().url}/api/graphql`, hub().token)
  return ensureBoard(ask, 'owner', wanted, repositories)
}

test('a board is made with its columns, beside its repositories, and once', async () => {
  const issue = await newIssue(hub(), 'infra', 'A')
  expect(await ensure(board)).toBe('The board "Infrastructure Management" has been made.')
  const [made] = await boards()
  expect(made).toMatchObject({
    title: 'Infrastructure Management',
    shortDescription: 'Track it',
    repositories: { nodes: [{ name: 'infra' }] },
    field: { options: columns.map((name) => ({ name })) },
  })
  expect(await ensure(board)).toBe('The board "Infrastructure Management" is as wanted.')
  expect(await boards()).toEqual([made])

  const other = { ...board, description: 'Track everything', columns: [...columns, 'Shelved'] }
  expect(await ensure(other)).toBe('The board "Infrastructure Management" has been changed.')
  expect(await ensure(board)).toBe('The board "Infrastructure Management" has been changed.')

  // What stands in a column would stand nowhere if GitHub replaced the columns.
  await addItem(hub(), made.id, issue.node_id)
  expect(await ensure(other)).toBe(
    'The board "Infrastructure Management" has other columns, and items in them; arrange them by hand: To Do, In Progress, Review, Done, Shelved.',
  )
  expect((await boards())[0].field.options).toHaveLength(4)
})

test('what GitHub refuses is told in its words', async () => {
  const stranger = askGraphQl(`${hub().url}/api/graphql`, 'ghp_nobody')
  await expect(ensureBoard(stranger, 'owner', board, [])).rejects.toThrow('/api/graphql answered 401.')
  const ask = askGraphQl(`${hub().url}/api/graphql`, hub().token)
  await expect(ensureBoard(ask, 'nobody-at-all', board, [])).rejects.toThrow('nobody-at-all')
})
