import { randomUUID } from 'node:crypto'
import { startCli } from './cli.ts'
import { holdsEscape, stripStyles } from './terminal.ts'

const cli = startCli()

/** A run that its client tells of by nothing but the lock and a write. */
async function observe(name: string, who = 'alice@laptop', serial = 1): Promise<void> {
  const lock = { ID: randomUUID(), Operation: 'OperationTypeApply', Who: who }
  const json = { version: 4, serial, lineage: name, outputs: {}, resources: [] }
  await cli.worker.fetch(`/state/${name}`, { method: 'LOCK', json: lock })
  await cli.worker.fetch(`/state/${name}?ID=${lock.ID}`, { method: 'POST', json })
  await cli.worker.fetch(`/state/${name}`, { method: 'UNLOCK', json: lock })
  await cli.deployments(name, serial)
}

test('a table tells each run, and filters choose', async () => {
  expect(await cli.run('deployments')).toEqual(
    expect.objectContaining({ code: 0, out: '', err: 'There is no such deployment.\n' }),
  )
  await observe('team/a')
  await observe('team/b', 'bob@desk')
  const { code, out, err } = await cli.run('deployments')
  expect([code, err]).toEqual([0, ''])
  const [heads, first, second, note] = out.split('\n')
  expect(heads).toMatch(/^ID +STATE +OPERATION +STATUS +CHANGES +ACTOR +STARTED +AT \(UTC\) +TOOK$/)
  expect(first).toMatch(
    /^deploy-\d{4}-\d\d-\d\d-002  team\/b  apply +success\*  \+0 ~0 -0  bob@desk +(just now|\d+ s ago) +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  \d+(\.\d)? m?s$/,
  )
  expect(second).toContain('team/a')
  expect(note).toContain('* concluded')
  for (const filter of [
    ['--state', 'team/a'],
    ['--actor=alice@laptop'],
    ['--to', '2001-01-01'],
    ['--from', '1h', '--state', 'team/a'],
    ['--status', 'failed'],
  ]) {
    const found = await cli.run('deployments', ...filter)
    expect(found.out.includes('team/a')).toBe(!['--to', '--status'].includes(filter[0] ?? ''))
    expect(found.out).not.toContain('team/b')
  }
})

test('the JSON of one page is the very bytes of the API, and more pages come as one', async () => {
  for (let serial = 1; serial <= 3; serial++) await observe('paged', 'alice@laptop', serial)
  const page = await (await cli.worker.fetch('/api/deployments?limit=2')).text()
  expect((await cli.run('deployments', '--json', '--limit', '2')).out).toBe(`${page}\n`)
  const db = await cli.worker.db()
  await db.batch([
    db.prepare(`with recursive c (v) as (select 1 union all select v + 1 from c where v < 450)
      insert into deployments (deployment_id, day, number, run_key, operation, status, inferred, started_at, updated_at)
      select 'old-' || v, '2026-01-01', v, 'k' || v, 'apply', 'success', 1, v, v from c`),
  ])
  const all = JSON.parse((await cli.run('deployments', '--json', '--limit', '430')).out)
  expect(all.deployments).toHaveLength(430)
  expect(new Set(all.deployments.map(({ id }: { id: string }) => id)).size).toBe(430)
  const rest = await cli.worker.fetch(`/api/deployments?limit=200&cursor=${all.next}`)
  expect(((await rest.json()) as { deployments: unknown[] }).deployments).toHaveLength(23)
  expect((await cli.run('deployments', '--limit', '1000')).out.split('\n')).toHaveLength(1 + 453 + 2)
}, 60_000)

test.each([40, 60, 80, 120, 200])('a terminal of %i columns is not overrun, and cut cells say so', async (columns) => {
  await observe(
    'team/with/a/very/long/name/that/nobody/would/type',
    'somebody-with-a-long-name@a-machine-with-a-long-name',
  )
  const { out, code } = await cli.onTerminal('throughline deployments', columns).ended
  expect(code).toBe(0)
  const lines = stripStyles(out).split('\r\n')
  expect(Math.max(...lines.slice(0, 2).map((line) => line.length))).toBeLessThanOrEqual(columns)
  expect(lines[1]?.includes('…')).toBe(columns < 200)
  const piped = await cli.onTerminal('throughline deployments | cat', columns).ended
  expect(piped.out).not.toContain('…')
  expect(holdsEscape(piped.out)).toBe(false)
})

test('colours are for terminals, and not for who asks for none', async () => {
  await observe('coloured')
  expect(holdsEscape((await cli.onTerminal('throughline deployments').ended).out)).toBe(true)
  expect(holdsEscape((await cli.onTerminal('NO_COLOR=1 throughline deployments').ended).out)).toBe(false)
  expect(holdsEscape((await cli.run('deployments')).out)).toBe(false)
})

test('what a client says of itself cannot steer the terminal', async () => {
  await observe('hostile', 'eve\u001b[2J\u001b]0;owned\u0007\u009b31m\r\u202e@\u0000host')
  for (const command of ['deployments', 'deployments --json']) {
    const { out } = await cli.onTerminal(`NO_COLOR=1 throughline ${command}`).ended
    expect(out).toMatch(/eve/)
    expect(out.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  }
  const { out } = await cli.run('deployments')
  expect(out).toContain(' eve@host ')
  const told = JSON.parse((await cli.onTerminal('throughline deployments --json').ended).out)
  expect(told.deployments[0].actor).toBe('eve\u001b[2J\u001b]0;owned\u0007\u009b31m\r\u202e@\u0000host')
})

test('a reader that goes away ends it quietly', async () => {
  const db = await cli.worker.db()
  await db.batch([
    db.prepare(`with recursive c (v) as (select 1 union all select v + 1 from c where v < 3000)
      insert into deployments (deployment_id, day, number, run_key, operation, status, inferred, actor, started_at,
      updated_at) select 'old-' || v, '2026-01-01', v, 'k' || v, 'apply', 'success', 1, 'a', v, v from c`),
  ])
  const { code, out, err } = await cli.shell('throughline deployments --limit 3000 | head -1').ended
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^ID .*\n$/)
})
