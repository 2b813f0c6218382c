import { operationEvent, recorder, runKey } from '../../testing-runs.ts'
import { client, info } from '../../testing-states.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { begin, begun, plan, report, update } = recorder(worker)
const { token: issue, run: newestRun } = client(worker)
const aDay = 86_400_000

const opened = async (path: string, token: string | null) => (await worker.fetch(path, { token: token ?? 'x' })).status
/** No version is there yet: 404 is an answer to somebody who may ask. */
const known = 404

test("a run token opens the run's state alone, and ends with the run", async () => {
  const mine = await issue(['state:team/*', 'deployments:write'])
  const { deployment, run_token: token, run_token_expires_at: ends } = await begun({ state: 'team/a' }, mine)
  expect(Date.parse(ends ?? '')).toBeLessThanOrEqual(Date.now() + aDay)
  expect(await opened('/state/team/a', token)).toBe(known)
  for (const path of ['/state/team/b', '/api/deployments', '/api/tokens']) expect(await opened(path, token)).toBe(403)
  for (const refused of [
    report(deployment.id, [], 'k', token ?? ''),
    update(deployment.id, {}, token ?? ''),
    plan(deployment.id, {}, 1, token ?? ''),
    begin({}, token ?? ''),
  ])
    expect((await refused).status).toBe(403)
  expect((await update(deployment.id, { status: 'success' }, mine)).status).toBe(200)
  expect(await opened('/state/team/a', token)).toBe(401)
})

test('whoever may only plan gets tokens that lock and read, and is found by the name of the token', async () => {
  const planner = await issue(['plan:team/*', 'deployments:write'])
  const { deployment, run_token: token } = await begun({ state: 'team/a', operation: 'plan' }, planner)
  const lent = await worker.fetch('/api/states/team%2Fa/token', { method: 'POST', token: planner })
  const { token: loan } = (await lent.json()) as { token: string }
  for (const each of [token ?? '', loan]) {
    expect(await opened('/state/team/a', each)).toBe(known)
    const written = await worker.fetch('/state/team/a', { method: 'POST', body: '{}', token: each })
    expect(written.status).toBe(403)
  }
  const found = async (credential: string) => {
    const { deployments } = (await (await worker.fetch(`/api/deployments?credential=${credential}`)).json()) as {
      deployments: { id: string }[]
    }
    return deployments.map(({ id }) => id)
  }
  expect([await found('test'), await found('root')]).toEqual([[deployment.id], []])
})

test('a run that is begun again gets another token in place of the first, one that has ended gets none', async () => {
  const run = { run: runKey(), state: 'prod' }
  const first = await begun(run)
  const second = await begun(run)
  expect(second.deployment.id).toBe(first.deployment.id)
  expect(await opened('/state/prod', first.run_token)).toBe(401)
  expect(await opened('/state/prod', second.run_token)).toBe(known)
  await update(first.deployment.id, { status: 'canceled' })
  const third = await begun(run)
  expect(third).toMatchObject({ run_token: null, run_token_expires_at: null, deployment: { status: 'canceled' } })
})

test('nobody gets a run token for what they may not open, nor for longer', async () => {
  const reporter = await issue(['deployments:write'])
  expect(await begun({ state: 'prod' }, reporter)).toMatchObject({ run_token: null })
  expect(await begun({}, await issue(['state:*', 'deployments:write']))).toMatchObject({ run_token: null })
  const short = await issue(['state:prod', 'deployments:write'])
  const db = await worker.db()
  const soon = Date.now() + 60_000
  await db.prepare('update api_tokens set expires_at = ? where id = (select max(id) from api_tokens)').bind(soon).run()
  const { run_token_expires_at: ends } = await begun({ state: 'prod' }, short)
  expect(ends).toBe(new Date(soon).toISOString())
})

test('a run token ends with the token that began the run', async () => {
  const mine = await issue(['state:prod', 'deployments:write'])
  const { run_token: token } = await begun({ state: 'prod' }, mine)
  expect(await opened('/state/prod', token)).toBe(known)
  const { tokens } = (await (await worker.fetch('/api/tokens')).json()) as { tokens: { id: string; name: string }[] }
  expect(tokens.map(({ name }) => name)).toEqual([expect.stringMatching(/^run deploy-/), 'test'])
  await worker.fetch(`/api/tokens/${tokens[1]?.id}`, { method: 'DELETE' })
  expect(await opened('/state/prod', token)).toBe(401)
})

test('only the token that began a run reports on it, or the owner, or an administrator', async () => {
  const [mine, other, admin] = await Promise.all([
    issue(['deployments:write']),
    issue(['deployments:write', 'read']),
    issue(['admin']),
  ])
  const run = { run: runKey() }
  const { deployment } = await begun(run, mine)
  const attempts = (token?: string) => [
    () => begin(run, token),
    () => report(deployment.id, [operationEvent('in_progress')], `key-${token?.slice(0, 9)}`, token),
    () => update(deployment.id, { branch: 'main' }, token),
    () => plan(deployment.id, { format_version: '1.2' }, 1, token),
    () => report(deployment.id, '', undefined, token),
  ]
  for (const attempt of attempts(other)) expect((await attempt()).status).toBe(403)
  const db = await worker.db()
  expect(await db.prepare('select count(*) as n from terraform_operations').first('n')).toBe(0)
  for (const token of [mine, admin, undefined])
    for (const attempt of attempts(token)) expect((await attempt()).status).toBe(200)
})

test('a run that nobody recorded is not reported on', async () => {
  const db = await worker.db()
  await db
    .prepare(`insert into deployments (deployment_id, day, number, run_key, operation, status, started_at, updated_at)
      values ('deploy-2026-01-01-001', '2026-01-01', 1, 'lock', 'apply', 'in_progress', 1, 1)`)
    .run()
  const mine = await issue(['deployments:write'])
  expect((await update('deploy-2026-01-01-001', { status: 'failed' }, mine)).status).toBe(403)
  const refused = await update('deploy-2026-01-01-001', { status: 'failed' })
  expect([refused.status, await refused.json()]).toMatchObject([
    409,
    { detail: expect.stringContaining('Nobody recorded') },
  ])
  expect((await update('deploy-2026-01-01-002', { status: 'failed' }, mine)).status).toBe(404)
})

test('the token of a run whose end nobody reported goes when it has expired', async () => {
  await begun({ state: 'prod' })
  const db = await worker.db()
  const left = () => db.prepare('select count(*) as n from api_tokens').first('n')
  await worker.minute()
  expect(await left()).toBe(1)
  await db.prepare('update api_tokens set expires_at = 1').run()
  await worker.minute()
  expect(await left()).toBe(0)
})

test('a state that becomes known when the run is begun again is told', async () => {
  const run = { run: runKey() }
  await begun(run)
  const db = await worker.db()
  await db.prepare("insert into states (name, created_at, updated_at) values ('prod', 1, 1)").run()
  expect((await begun({ ...run, state: 'prod' })).deployment).toMatchObject({ state: 'prod' })
})

test('a recorder with a newer token goes on with its run once the older one is gone', async () => {
  const scopes = ['state:team/*', 'deployments:write']
  const [older, newer, poorer] = [await issue(scopes), await issue(scopes), await issue(['deployments:write'])]
  const run = { run: runKey(), state: 'team/a' }
  const { deployment, run_token: lent } = await begun(run, older)
  const lock = { method: 'LOCK', token: lent ?? '', json: info() }
  expect((await worker.fetch('/state/team/a', lock)).status).toBe(200)
  await newestRun('team/a', ({ deployment_id: id }) => id === deployment.id)
  expect((await begin(run, newer)).status).toBe(403)
  const { tokens } = (await (await worker.fetch('/api/tokens')).json()) as { tokens: { id: string; name: string }[] }
  const oldest = tokens.findLast(({ name }) => name === 'test')
  await worker.fetch(`/api/tokens/${oldest?.id}`, { method: 'DELETE' })
  expect((await update(deployment.id, { status: 'success' }, newer)).status).toBe(403)
  expect((await begin(run, poorer)).status).toBe(403)
  expect((await begin({ run: run.run }, poorer)).status).toBe(403)
  expect((await begin(run, newer)).status).toBe(200)
  expect((await update(deployment.id, { status: 'success' }, newer)).status).toBe(200)
})

test('a token is lent for one state to whoever holds it', async () => {
  const mine = await issue(['state:team/*'])
  const lend = (name: string, token: string) =>
    worker.fetch(`/api/states/${encodeURIComponent(name)}/token`, { method: 'POST', token })
  expect((await lend('other', mine)).status).toBe(403)
  const lent = await lend('team/a', mine)
  expect(lent.status).toBe(201)
  const { token, expires_at: ends } = (await lent.json()) as { token: string; expires_at: string }
  expect(Date.parse(ends) - Date.now()).toBeLessThanOrEqual(600_000)
  expect(await opened('/state/team/a', token)).toBe(known)
  expect(await opened('/state/team/b', token)).toBe(403)
  expect((await lend('team/a', token)).status).toBe(403)
  const db = await worker.db()
  await db.prepare('update api_tokens set expires_at = 1, created_at = 0 where parent_id is not null').run()
  await worker.minute()
  expect(await db.prepare('select count(*) as n from api_tokens').first('n')).toBe(1)
})
