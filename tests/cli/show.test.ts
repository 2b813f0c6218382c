import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { logLines, recorder } from '../../worker/testing-runs.ts'
import { client, info, state } from '../../worker/testing-states.ts'
import { eventually } from '../../worker/testing.ts'
import { startCli } from './cli.ts'
import { stripStyles } from './terminal.ts'

const cli = startCli()
const { begun, report, update } = recorder(cli.worker)
const terraform = client(cli.worker)
const samples = join(import.meta.dirname, '../fixtures/terraform')

const at = '2026-11-21T10:00:00.000Z'
const planning = { type: 'operation', operation: 1, kind: 'plan' }
const applying = { type: 'operation', operation: 2, kind: 'apply' }

async function plan(id: string, raw: unknown): Promise<void> {
  const response = await cli.worker.fetch(`/api/deployments/${id}/plan?operation=1`, { method: 'PUT', json: raw })
  expect(response.status).toBeLessThan(300)
}

async function sample(name: string): Promise<{ resource_changes: object[] }> {
  return JSON.parse(await readFile(join(samples, name), 'utf8')) as { resource_changes: object[] }
}

test('a recorded run is told from its command to its log', async () => {
  const { deployment } = await begun({
    command: 'terraform apply -auto-approve',
    repository: 'octo/site',
    branch: 'main',
    commit_sha: '3f2a9c1d0e5b6a7988',
    dirty: true,
    task: '12',
    environment: 'production',
    working_directory: '/home/alice/infra',
    terraform_version: '1.11.4',
  })
  const { id } = deployment
  await report(id, [...logLines(1, 5), { ...planning, status: 'in_progress', at }])
  await plan(id, await sample('plan-show-update-replace.json'))
  await report(id, [
    { ...planning, status: 'success', exit_code: 2, duration_ms: 1200, at },
    { ...applying, status: 'in_progress', at },
    { type: 'note', n: 1, kind: 'approved', detail: 'yes was typed', at },
    {
      type: 'resource',
      operation: 2,
      address: 'terraform_data.a',
      action: 'update',
      status: 'success',
      elapsed_ms: 40,
      at,
    },
    {
      type: 'resource',
      operation: 2,
      address: 'terraform_data.b',
      action: 'delete',
      status: 'failed',
      elapsed_ms: 70,
      at,
    },
    {
      type: 'diagnostic',
      operation: 2,
      n: 1,
      severity: 'error',
      summary: 'Deletion failed\u001b[2J',
      detail: 'It is still used:\n  by \u001b[31mz\u0007',
      address: 'terraform_data.b',
      at,
    },
    { ...applying, status: 'failed', exit_code: 1, duration_ms: 2500, at },
  ])
  await update(id, { status: 'failed', exit_code: 1, reason: 'Deletion failed' })
  const { code, out, err } = await cli.run('show', id)
  expect([code, err]).toEqual([0, ''])
  for (const told of [
    `${id}  apply: failed\n`,
    '  $ terraform apply -auto-approve\n',
    '  by alice@laptop with the token "root", terraform 1.11.4, in /home/alice/infra\n',
    '  octo/site, commit 3f2a9c1d0e5b with uncommitted changes, on main, task 12, to production\n',
    'exit code 1\n',
    '  because: Deletion failed\n',
    'Error: Deletion failed  (terraform_data.b)\n  It is still used:\n    by z\n',
    'approved: yes was typed\n',
    `5 lines of log: throughline logs ${id}\n`,
  ]) {
    expect(out).toContain(told)
  }
  expect(out).toMatch(/^plan +success +2 +1\.2 s +\+1 ~1 -1/m)
  expect(out).toMatch(/^apply +failed +1 +2\.5 s/m)
  expect(out).toMatch(/^~ +terraform_data\.a +update +success +40 ms +.*output/m)
  expect(out).toMatch(/^-\/\+ +terraform_data\.b +replace +failed +70 ms/m)
  for (const columns of [50, 80]) {
    const { out: shown } = await cli.onTerminal(`throughline show ${id}`, columns).ended
    const lines = stripStyles(shown).split('\r\n')
    expect(Math.max(...lines.slice(1, -2).map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(lines.join('')).not.toMatch(/\p{Cc}/u)
  }
  const json = await (await cli.worker.fetch(`/api/deployments/${id}`)).text()
  expect((await cli.run('show', '--json', id)).out).toBe(`${json}\n`)
})

test('while a run goes on it is told how far it is', async () => {
  const lock = info('OperationTypePlan')
  await terraform.lock('team/site', lock)
  await terraform.unlock('team/site', lock)
  await cli.deployments('team/site')
  for (const ms of [20_000, 40_000, 60_000]) {
    const { deployment } = await begun({ state: 'team/site', command: 'terraform apply' })
    await update(deployment.id, { status: 'success', duration_ms: ms })
  }
  const started_at = new Date(Date.now() - 12_000).toISOString()
  const { deployment, expected_ms: expected } = await begun({
    state: 'team/site',
    command: 'terraform apply',
    started_at,
  })
  expect(expected).toBe(40_000)
  const { out } = await cli.run('show', deployment.id)
  expect(out).toContain('apply of team/site: in progress\n')
  expect(out).toMatch(/^ {2}1\d s of about 40 s$/m)
  expect((await cli.run('deployments', '--status', 'in_progress')).out).toMatch(/ 1\d s of about 40 s$/m)
  const terminal = await cli.onTerminal(`throughline show ${deployment.id}`).ended
  expect(stripStyles(terminal.out)).toMatch(/ {2}━{6,7}─{13,14} 1\d s of about 40 s\r\n/)
})

test('a run that nobody reported is told from its lock and its versions', async () => {
  const lock = info()
  await terraform.lock('seen', lock)
  await terraform.push('seen', state(1, [{ name: 'kept', attributes: { id: '1', input: 'a' } }]), lock.ID)
  await terraform.push(
    'seen',
    state(2, [{ name: 'kept', attributes: { id: '1', input: 'b' } }, { name: 'new' }]),
    lock.ID,
  )
  await terraform.unlock('seen', lock)
  const [run] = await cli.deployments('seen')
  const { out } = await cli.run('show', run?.id ?? '')
  expect(out).toContain('apply of seen: success (inferred: nobody reported it)\n')
  expect(out).toMatch(/^\+ +terraform_data\.new +create/m)
  expect(out).toMatch(/^Timeline \(UTC\)$/m)
  expect(out).toContain('version 2, serial 2')
  expect(out).toMatch(/^ {2}deployment deploy-.* wrote state version seen@1 {3}\[observed.*\]$/m)
})

test('of many changes the first 50 are listed, and how many more there are', async () => {
  const raw = await sample('plan-show-create.json')
  const [first = {}] = raw.resource_changes
  const many = Array.from({ length: 120 }, (_, index) => {
    const name = `r${String(index).padStart(3, '0')}`
    return { ...first, address: `terraform_data.${name}`, name }
  })
  const { deployment } = await begun({ operation: 'plan', command: 'terraform plan' })
  await report(deployment.id, [{ ...planning, status: 'in_progress', at }])
  await plan(deployment.id, { ...raw, resource_changes: many })
  const { out } = await eventually(
    async () => cli.run('show', deployment.id),
    (shown) => shown.out.includes('r000'),
  )
  expect(out.match(/^\+ +terraform_data\.r\d+/gm)).toHaveLength(50)
  expect(out).toContain(`and 70 more: /api/deployments/${deployment.id}/changes\n`)
})
