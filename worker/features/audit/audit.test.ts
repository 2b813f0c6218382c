import { eventually, startWorker } from '../../testing.ts'

const worker = startWorker()

type Act = {
  id: string
  at: string
  actor: string
  token_id: string | null
  action: string
  subject: string
  outcome: string
  request_id: string | null
  address: string | null
  changed: string[]
  detail: Record<string, unknown>
}
type Page = { acts: Act[]; next: string | null }

const list = async (query = ''): Promise<Page> => (await (await worker.fetch(`/api/audit?${query}`)).json()) as Page

/** The audit, once it holds so many rows. */
async function acts(count: number, query = ''): Promise<Act[]> {
  return eventually(
    async () => (await list(query)).acts,
    (found) => found.length === count,
  )
}

async function issue(name: string, scopes = ['read']): Promise<{ id: string; token: string }> {
  const response = await worker.fetch('/api/tokens', { method: 'POST', json: { name, scopes } })
  expect(response.status).toBe(201)
  return (await response.json()) as { id: string; token: string }
}

test('a change tells who, what, when, from where, by which request, and which fields', async () => {
  const headers = { 'x-request-id': 'request-7' }
  const json = { name: 'ci', scopes: ['read'], expires_in_days: 3 }
  const before = Date.now()
  const response = await worker.fetch('/api/tokens', { method: 'POST', json, headers })
  const { id } = (await response.json()) as { id: string }
  const [act] = await acts(1)
  expect(act).toEqual({
    id: 'aud-000000001',
    at: expect.any(String),
    actor: 'root',
    token_id: null,
    action: 'token.create',
    subject: 'ci',
    outcome: 'success',
    request_id: 'request-7',
    address: expect.any(String),
    changed: ['name', 'scopes', 'expires_in_days'],
    detail: { id, scopes: ['read'], expires_in_days: 3 },
  })
  expect(Date.parse(act?.at ?? '')).toBeGreaterThanOrEqual(before)
})

test('names of tokens repeat, so the id tells which of them it was', async () => {
  const first = await issue('ci', ['admin'])
  const second = await issue('ci', ['admin'])
  for (const { token } of [first, second]) {
    await worker.fetch('/api/tokens', { method: 'POST', token, json: { name: 'more', scopes: ['read'] } })
  }
  const ids = new Set((await acts(2, 'actor=ci')).map(({ token_id }) => token_id))
  expect(ids).toEqual(new Set([first.id, second.id]))
})

test('the audit is filtered and paged, newest first', async () => {
  for (const name of ['a', 'b', 'c']) await issue(name)
  const { id } = await issue('d')
  await worker.fetch(`/api/tokens/${id}`, { method: 'DELETE' })
  await worker.fetch('/api/tokens/tok-000000000', { method: 'DELETE' })
  const all = await acts(6)
  expect(all.map(({ subject }) => subject)).toEqual(['tok-000000000', 'd', 'd', 'c', 'b', 'a'])
  const pages: Act[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = await list(`limit=2${cursor && `&cursor=${cursor}`}`)
    pages.push(...page.acts)
    cursor = page.next
  }
  expect(pages).toEqual(all)
  const counts = await Promise.all(
    [
      'action=token.delete',
      'outcome=refused',
      'subject=d',
      'actor=root',
      'actor=nobody',
      'action=token.create&subject=c',
    ]
      .concat([`from=${all[3]?.at}`, `to=${all[3]?.at}`])
      .map(async (query) => (await list(query)).acts.length),
  )
  expect(counts.slice(0, 6)).toEqual([2, 1, 2, 6, 0, 1])
  expect((counts[6] ?? 0) + (counts[7] ?? 0)).toBe(6)
})

test.each(['action=token.steal', 'outcome=maybe', 'who=root', 'from=yesterday', 'from=2026-02-01&to=2026-01-01'])(
  'a query that means nothing is refused: %s',
  async (query) => {
    expect((await worker.fetch(`/api/audit?${query}`)).status).toBe(400)
  },
)

test('only an admin reads the audit', async () => {
  const { token } = await issue('reader', ['read'])
  for (const path of ['/api/audit', '/api/audit/verify']) expect((await worker.fetch(path, { token })).status).toBe(403)
})

test('no statement changes or removes a row', async () => {
  await issue('ci')
  await acts(1)
  await worker.minute()
  const db = await worker.db()
  for (const statement of [
    "update audit_log set actor = 'nobody'",
    'delete from audit_log',
    `insert or replace into audit_log select id, outbox_id, at, 'nobody', token_id, action, subject, outcome, request_id,
      address, changed, detail from audit_log`,
    `insert or replace into audit_log (outbox_id, at, actor, action, subject, outcome, changed, detail)
      select outbox_id, at, 'nobody', action, subject, outcome, changed, detail from audit_log`,
    `insert into audit_log (id, outbox_id, at, actor, action, subject, outcome, changed, detail)
      values (0, 0, 0, 'nobody', 'x', 'x', 'success', '[]', '{}')`,
    'update audit_seals set sealed_at = 0',
    'delete from audit_seals',
    'insert or replace into audit_seals select * from audit_seals',
  ]) {
    await expect(db.prepare(statement).run()).rejects.toThrow('only grows')
  }
  expect(await list()).toMatchObject({ acts: [{ actor: 'root' }] })
})

test('an act that is delivered twice is written once, and one that is delivered late is not lost', async () => {
  const db = await worker.db()
  await db.prepare("create trigger held before insert on audit_log begin select raise(abort, 'not now'); end").run()
  await issue('ci')
  await eventually(
    async () => await db.prepare('select attempts from outbox').first('attempts'),
    (attempts) => Number(attempts) > 0,
  )
  await db.prepare('drop trigger held').run()
  const due = await db.prepare('select id, topic, payload, created_at, next_attempt_at from outbox').first()
  await db.prepare('update outbox set next_attempt_at = 0').run()
  await worker.minute()
  expect((await list()).acts).toHaveLength(1)
  const again = db.prepare(
    'insert into outbox (id, topic, payload, created_at, next_attempt_at) values (?, ?, ?, ?, 0)',
  )
  await again.bind(due?.['id'], due?.['topic'], due?.['payload'], due?.['created_at']).run()
  await Promise.all([worker.minute(), worker.minute()])
  expect((await list()).acts).toHaveLength(1)
  expect(await db.prepare('select count(*) as n from outbox').first('n')).toBe(0)
})

test('a token that several delete at the same time was deleted by one', async () => {
  const { id } = await issue('ci')
  const answers = await Promise.all(
    Array.from({ length: 5 }, async () => (await worker.fetch(`/api/tokens/${id}`, { method: 'DELETE' })).status),
  )
  expect(answers.toSorted((a, b) => a - b)).toEqual([204, 404, 404, 404, 404])
  await acts(6)
  expect(await acts(1, 'action=token.delete&outcome=success')).toHaveLength(1)
})

test('a change that could not be put on its way into the audit did not happen', async () => {
  const db = await worker.db()
  await db.prepare("create trigger full before insert on outbox begin select raise(abort, 'full'); end").run()
  const response = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes: ['read'] } })
  await db.prepare('drop trigger full').run()
  expect(response.status).toBe(500)
  expect(await db.prepare('select count(*) as n from api_tokens').first('n')).toBe(0)
})
