import { RestContract, WebhookContract } from './openapi.ts'

const rest = new RestContract()

test('an answer that GitHub could not give is found out', () => {
  const label = {
    id: 1,
    node_id: 'LA_1',
    url: 'http://127.0.0.1/x',
    name: 'bug',
    color: 'f00',
    default: true,
    description: null,
  }
  expect(rest.judge('GET', '/repos/o/r/labels/bug', 200, label)).toEqual([])
  expect(rest.judge('GET', '/repos/o/r/labels/bug', 200, { ...label, id: '1' })).toMatchObject([{ where: '/id' }])
  expect(rest.judge('GET', '/repos/o/r/labels/bug', 200, { ...label, name: null })).toMatchObject([{ where: '/name' }])
  expect(rest.judge('GET', '/repos/o/r/labels', 200, [label, {}])).not.toEqual([])
  expect(rest.judge('GET', '/repos/o/r/labels', 203, [label])).toMatchObject([
    { message: expect.stringContaining('status') },
  ])
})

test('a branch with slashes in its name is a branch, and unknown routes are not judged', () => {
  expect(rest.judge('GET', '/repos/o/r/branches/a/b', 200, {})).not.toEqual([])
  expect(rest.judge('GET', '/repos/o/r/nothing', 200, 'x')).toEqual([])
})

test('a webhook body that GitHub could not send is found out', () => {
  const webhooks = new WebhookContract()
  expect(webhooks.judge('star', 'created', { action: 'created' })).not.toEqual([])
  expect(webhooks.judge('something', 'new', {})).toEqual([])
})
