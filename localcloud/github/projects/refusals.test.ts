import { addItem, newBoard, newIssue, setValue } from '../testing/board.ts'
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
})
