import { addItem, newBoard, newIssue, setValue } from '../testing/board.ts'
import { newUser, tokenOf } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()

describe('refusals', () => {
  test.each([
    ['Status', { text: 'Done' }, 'Did not receive a single select option Id to update a field of type single_select'],
    ['Status', { singleSelectOptionId: 'F75AD846' }, 'The single select option Id does not belong to the field'],
    ['Repository', { text: 'x' }, 'The field of type repository is currently not supported.'],
  ])('%s takes no %j', async (name, value, message) => {
    const board = await newBoard(hub(), 'Refusals')
    const itemId = await addItem(hub(), board.id, (await newIssue(hub(), 'refusals', 'One')).node_id)
    const { errors } = await hub().graphql(setValue, {
      input: { projectId: board.id, itemId, fieldId: board.field(name).id, value },
    })
    expect(errors).toMatchObject([{ type: 'VALIDATION', message }])
  })

  test('an item of another board, a missing board, a missing number', async () => {
    const [one, two] = [await newBoard(hub(), 'One'), await newBoard(hub(), 'Two')]
    const itemId = await addItem(hub(), one.id, (await newIssue(hub(), 'refusals', 'Elsewhere')).node_id)
    const value = { singleSelectOptionId: 'f75ad846' }
    const input = { projectId: two.id, itemId, fieldId: two.field('Status').id, value }
    expect((await hub().graphql(setValue, { input })).errors).toMatchObject([
      { type: 'VALIDATION', message: 'The item does not exist in the project' },
    ])
    const nowhere = await hub().graphql(setValue, { input: { ...input, projectId: 'PVT_none' } })
    expect(nowhere.errors).toMatchObject([
      { type: 'NOT_FOUND', message: "Could not resolve to a node with the global id of 'PVT_none'" },
    ])
    const { errors } = await hub().graphql('{ user(login: "owner") { projectV2(number: 999) { id } } }')
    expect(errors).toMatchObject([
      { type: 'NOT_FOUND', message: 'Could not resolve to a ProjectV2 with the number 999.' },
    ])
  })

  test('a board is its owner’s until it is public, and nobody else’s to change', async () => {
    const board = await newBoard(hub(), 'Mine')
    const guest = await newUser(hub(), 'guest')
    const byId = 'query ($id: ID!) { node(id: $id) { ... on ProjectV2 { title } } }'
    const byNumber = `{ user(login: "owner") { projectV2(number: ${board.number}) { title } projectsV2(first: 9) { totalCount } } }`
    const rename =
      'mutation ($id: ID!) { updateProjectV2(input: { projectId: $id, title: "Yours" }) { projectV2 { id } } }'
    const seen = async (query: string, token: string) => {
      const { data, errors } = await hub().graphql(query, { id: board.id }, token)
      return errors ? errors.map(({ type }) => type) : data
    }
    expect(await seen(byId, guest)).toEqual(['NOT_FOUND'])
    expect(await seen(byNumber, guest)).toEqual(['NOT_FOUND'])
    expect(await seen(rename, guest)).toEqual(['NOT_FOUND'])
    await hub().graphql(
      'mutation ($id: ID!) { updateProjectV2(input: { projectId: $id, public: true }) { projectV2 { id } } }',
      {
        id: board.id,
      },
    )
    expect(await seen(byId, guest)).toEqual({ node: { title: 'Mine' } })
    expect(await seen(byNumber, guest)).toEqual({
      user: { projectV2: { title: 'Mine' }, projectsV2: { totalCount: 1 } },
    })
    expect(await seen(rename, guest)).toEqual(['FORBIDDEN'])
    const narrow = await tokenOf(hub(), 'owner', ['repo'])
    expect(await seen(rename, narrow)).toEqual(['INSUFFICIENT_SCOPES'])
    expect(await seen(byId, hub().token)).toEqual({ node: { title: 'Mine' } })
  })
})
