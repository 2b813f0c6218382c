import { writtenEach } from '../../worker/features/gateway/free-acts.ts'
import { eventually } from '../../worker/testing.ts'
import { startGateway } from './gateway.ts'

const { call, token, told } = startGateway()

test('refusals do not fill the audit, whatever is asked for, and others are told as before', async () => {
  const loud = await token('read')
  const asked = [
    ['POST', 'A/d1/database'],
    ['GET', 'A/d1/database'],
    ['POST', '/no/such/thing'],
    ['GET', '/user'],
  ] as const
  for (let round = 0; round < writtenEach / 2; round++)
    await Promise.all(asked.map(([method, path]) => call(loud, method, path, method === 'POST' ? {} : undefined)))
  const quiet = await token('sdk:read')
  expect((await call(quiet, 'POST', 'A/d1/database', { name: 'x' })).status).toBe(403)
  const acts = await eventually(told, (list) => list.length > writtenEach)
  expect(acts).toHaveLength(writtenEach + 1)
})
