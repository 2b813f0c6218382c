import { auditIn } from '../../testing-audit.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { broken, bucket, heads, rows, tamper, twoSeals, report } = auditIn(worker)

test('an empty audit is whole', async () => {
  await worker.minute()
  expect(await report()).toEqual({
    verified: true,
    rows: 0,
    seals: 0,
    unsealed: 0,
    head: null,
    first_broken: null,
    next: null,
  })
})

test('each minute seals what was written, in D1 and in R2', async () => {
  await twoSeals()
  await worker.minute()
  await rows(3)
  const { head, ...rest } = await report()
  expect(rest).toEqual({ verified: true, rows: 6, seals: 2, unsealed: 3, first_broken: null, next: null })
  expect(head).toEqual({ number: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/), sealed_at: expect.any(String) })
  expect(await heads()).toEqual(['audit/000000000001', 'audit/000000000002'])
  const object = await (await bucket()).get('audit/000000000002')
  expect(await object?.json()).toMatchObject({ number: 2, first_id: 5, last_id: 6, hash: head?.hash })
})

test('what is done through the API is sealed with the rest', async () => {
  await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes: ['read'] } })
  await worker.minute()
  expect(await report()).toMatchObject({ verified: true, rows: 1, seals: 1, unsealed: 0 })
})

test('a head that did not get into R2 before a crash is put there the next minute, and none is replaced', async () => {
  await twoSeals()
  await rows(1)
  await worker.minute()
  const records = await bucket()
  const uploaded = (await records.head('audit/000000000001'))?.uploaded
  for (const number of [2, 3]) await records.delete(`audit/00000000000${number}`)
  expect(await broken()).toBeNull()
  await worker.minute()
  expect(await heads()).toEqual(['audit/000000000001', 'audit/000000000002', 'audit/000000000003'])
  expect((await records.head('audit/000000000001'))?.uploaded).toEqual(uploaded)
  expect(await broken()).toBeNull()
})

test('a head that stays away is told', async () => {
  await twoSeals()
  await (await bucket()).delete('audit/000000000002')
  await tamper('update audit_seals set sealed_at = sealed_at - 3600000 where number = 2')
  expect(await broken()).toEqual({ id: null, seal: 2, reason: 'unanchored' })
})

test('of sealers at the same time one seals, and nothing breaks', async () => {
  await rows(30)
  await Promise.all([worker.minute(), worker.minute(), worker.minute()])
  await rows(30)
  await Promise.all([worker.minute(), worker.minute(), worker.minute()])
  expect(await report()).toMatchObject({ verified: true, rows: 60, unsealed: 0 })
})

test('a large audit is sealed in bounded seals and verified in bounded calls', async () => {
  await rows(6500)
  await worker.minute()
  const first = await report()
  expect(first).toMatchObject({ verified: true, rows: 5000, seals: 5, unsealed: null, head: { number: 7 } })
  expect(await report(first.next ?? '')).toMatchObject({
    verified: true,
    rows: 1500,
    seals: 2,
    unsealed: 0,
    next: null,
  })
  await tamper('delete from audit_log where id = 6200')
  expect(await report()).toMatchObject({ verified: true })
  expect(await report(first.next ?? '')).toMatchObject({
    rows: 1000,
    first_broken: { id: 'aud-000006200', seal: 7, reason: 'deleted' },
    next: null,
  })
})

test('a cursor that is not ours is refused', async () => {
  expect((await worker.fetch('/api/audit/verify?cursor=abc')).status).toBe(400)
  await rows(5001)
  await worker.minute()
  const { next } = await report()
  await tamper('delete from audit_log', 'delete from audit_seals')
  for (const head of await heads()) await (await bucket()).delete(head)
  expect((await worker.fetch(`/api/audit/verify?cursor=${next}`)).status).toBe(400)
})
