import { client, info, state } from '../../testing-states.ts'
import { eventually, startWorker } from '../../testing.ts'

const worker = startWorker()

test('recorded names tell no lines of their own', async () => {
  const who = 'alice\n  by deploy-2026-01-01-001  apply, boss, success\u001B[31m\u2028x'
  const lock = { ...info(), Who: who }
  const { lock: take, push } = client(worker)
  await take('forged', lock)
  await push('forged', state(1, [{ name: 'forged' }]), lock.ID)
  const told = await eventually(
    async () =>
      (await worker.fetch('/api/why?resource=terraform_data.forged', { headers: { accept: 'text/plain' } })).text(),
    (text) => text.includes('alice'),
  )
  expect(told.split('\n').filter((line) => line.startsWith('  by'))).toHaveLength(1)
  for (const sign of ['\u001B', '\u2028']) expect(told).not.toContain(sign)
})
