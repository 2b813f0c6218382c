import { auditIn } from '../../testing-audit.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { broken, bucket, heads, rows, tamper, twoSeals, report } = auditIn(worker)

const shift = (from: number, by: number) => [
  `update audit_log set id = -(id + ${by}) where id >= ${from}`,
  'update audit_log set id = -id where id < 0',
]
const copyOf = (id: number, as: number) =>
  `insert into audit_log select ${as}, outbox_id + 1000, at - 86400000, 'somebody', token_id, action, subject, outcome,
    request_id, address, changed, detail from audit_log where id = ${id}`
const swap = (a: number, b: number) => [
  `update audit_log set id = -1 where id = ${a}`,
  `update audit_log set id = ${a} where id = ${b}`,
  `update audit_log set id = ${b} where id = -1`,
]
test.each<[string, string[], { id: string | null; seal: number | null; reason: string }]>([
  [
    'edits a row',
    ["update audit_log set actor = 'nobody' where id = 3"],
    { id: 'aud-000000003', seal: 1, reason: 'edited' },
  ],
  ['deletes a row', ['delete from audit_log where id = 3'], { id: 'aud-000000003', seal: 1, reason: 'deleted' }],
  [
    'deletes a row and closes the gap',
    ['delete from audit_log where id = 3', ...shift(4, -1)],
    { id: 'aud-000000003', seal: 1, reason: 'deleted' },
  ],
  ['deletes the last row', ['delete from audit_log where id = 6'], { id: 'aud-000000006', seal: 2, reason: 'deleted' }],
  ['swaps neighbours', swap(2, 3), { id: 'aud-000000002', seal: 1, reason: 'reordered' }],
  ['swaps rows of two seals', swap(2, 6), { id: 'aud-000000002', seal: 1, reason: 'reordered' }],
  [
    'inserts a row with an earlier date',
    [...shift(3, 1), copyOf(2, 3)],
    { id: 'aud-000000003', seal: 1, reason: 'inserted' },
  ],
  ['inserts a row before the first', [copyOf(1, 0)], { id: 'aud-000000000', seal: null, reason: 'inserted' }],
  [
    'cuts off the end with its seal',
    ['delete from audit_log where id > 4', 'delete from audit_seals where number = 2'],
    { id: 'aud-000000005', seal: 2, reason: 'deleted' },
  ],
  [
    'empties both tables',
    ['delete from audit_log', 'delete from audit_seals'],
    { id: 'aud-000000001', seal: 1, reason: 'deleted' },
  ],
  ['deletes a seal', ['delete from audit_seals where number = 1'], { id: null, seal: 1, reason: 'deleted' }],
  ['deletes the last seal', ['delete from audit_seals where number = 2'], { id: null, seal: 2, reason: 'deleted' }],
  [
    "changes a seal's time",
    ['update audit_seals set sealed_at = 9000000000000000 where number = 2'],
    { id: null, seal: 2, reason: 'edited' },
  ],
  [
    'changes the hashes of rows in a seal',
    ['update audit_seals set row_hashes = cast(zeroblob(32) || substr(row_hashes, 33) as blob) where number = 1'],
    { id: null, seal: 1, reason: 'edited' },
  ],
  [
    'edits a row and hides which',
    [
      "update audit_log set actor = 'nobody' where id = 3",
      'update audit_seals set row_hashes = zeroblob(128) where number = 1',
    ],
    { id: 'aud-000000003', seal: 1, reason: 'edited' },
  ],
])('who %s is found', async (_, statements, found) => {
  await twoSeals()
  expect(await broken()).toBeNull()
  await tamper(...statements)
  expect(await broken()).toEqual(found)
  // What is written and sealed later does not cover it up.
  await rows(2)
  await worker.minute()
  expect(await report()).toMatchObject({ verified: false, first_broken: { seal: found.seal } })
})

test.each([
  ['outbox_id', 'outbox_id + 100'],
  ['at', 'at - 1'],
  ['actor', "actor || ' '"],
  ['token_id', 'null'],
  ['action', "'token.create'"],
  ['subject', 'lower(subject) || char(0)'],
  ['outcome', "'refused'"],
  ['request_id', 'null'],
  ['address', "'192.0.2.2'"],
  ['changed', '\'["serial", "lineage"]\''],
  ['detail', "json_object('serial', hex(zeroblob(60000)))"],
])("a change of a row's %s is found", async (column, value) => {
  await twoSeals()
  await tamper(`update audit_log set ${column} = ${value} where id = 5`)
  expect(await broken()).toEqual({ id: 'aud-000000005', seal: 2, reason: 'edited' })
})

test('who rewrites all of D1 so that it agrees with itself is found by what R2 knows', async () => {
  await twoSeals()
  const db = await worker.db()
  const { results } = await db.prepare('select sealed_at from audit_seals order by number').all<{ sealed_at: number }>()
  await tamper(
    "update audit_log set actor = 'nobody' where id = 2",
    'delete from audit_seals',
    'create table aside as select * from audit_log where id > 4',
    'delete from audit_log where id > 4',
  )
  await worker.minute()
  await tamper('insert into audit_log select * from aside', 'drop table aside')
  await worker.minute()
  await tamper(
    ...results.map(
      ({ sealed_at: at }, index) => `update audit_seals set sealed_at = ${at} where number = ${index + 1}`,
    ),
  )
  expect(await db.prepare('select count(*) as n from audit_seals').first('n')).toBe(2)
  expect(await broken()).toEqual({ id: 'aud-000000002', seal: 1, reason: 'edited' })
  for (const head of await heads()) await (await bucket()).delete(head)
  expect(await broken()).toBeNull()
})

test('rows that go on after an end was cut off are not taken for those that were there', async () => {
  await twoSeals()
  await tamper('delete from audit_log where id > 4', 'delete from audit_seals where number = 2')
  await rows(5)
  await tamper("update audit_log set actor = 'somebody' where id > 4")
  await worker.minute()
  expect(await broken()).toEqual({ id: 'aud-000000005', seal: 2, reason: 'edited' })
})

test('a row that is missing before it was sealed leaves a gap that stays', async () => {
  await twoSeals()
  await rows(3)
  await tamper('delete from audit_log where id = 8')
  expect(await broken()).toEqual({ id: 'aud-000000008', seal: null, reason: 'deleted' })
  await worker.minute()
  expect(await broken()).toEqual({ id: 'aud-000000008', seal: 4, reason: 'deleted' })
})

test('who takes a head out of R2 is found, and so is who writes another', async () => {
  await twoSeals()
  const records = await bucket()
  await records.put('audit/000000000001', '{}')
  expect(await broken()).toEqual({ id: null, seal: 1, reason: 'edited' })
  await records.delete('audit/000000000001')
  await worker.minute()
  expect(await broken()).toEqual({ id: null, seal: 1, reason: 'unanchored' })
})
