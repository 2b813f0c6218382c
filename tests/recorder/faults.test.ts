import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../../worker/testing.ts'
import { count, leftIn, numbers, recordReader, talkative } from './logged.ts'
import { Network } from './network.ts'
import type { Decide } from './network.ts'
import { shows, startWorld, throughline } from './world.ts'
import type { Place } from './world.ts'

const world = startWorld()
const read = recordReader(world)
const apply = ['apply', '-auto-approve']
const slow = 'resource "terraform_data" "slow" {\n  provisioner "local-exec" { command = "sleep 3" }\n}'

/** Keeps its state in the folder, so that only the record depends on the server. */
async function localPlace(env: Record<string, string> = {}): Promise<Place> {
  const place = await world.place('', 'unused', env)
  await place.write('main.tf', talkative)
  await rm(join(place.folder, '.terraform'), { recursive: true })
  return place
}

async function expectWhole(place: Place): Promise<void> {
  const { runs, status, logged, said } = await read(place)
  expect([runs, status]).toEqual([1, 'success'])
  expect(logged.map(({ line }) => line)).toEqual(numbers(logged.length))
  expect(said).toEqual(numbers(count))
}

async function startNetwork(decide: Decide): Promise<{ network: Network; url: string }> {
  const network = new Network(world.url())
  network.decide = decide
  return { network, url: await network.listen() }
}

test('a server that is not there costs nothing: the record waits and is delivered whole', async () => {
  const { network, url } = await startNetwork(() => 'passes')
  await network.stop()
  const place = await localPlace({ THROUGHLINE_URL: url })
  const { code, out, err } = await place.record(apply)
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/^Throughline: this run is kept in .*ECONNREFUSED.*\n$/),
  })
  expect(out).toContain('Apply complete! Resources: 1 added')
  expect(await place.throughline('deliver')).toMatchObject({
    code: 1,
    out: '0 runs delivered, 1 waiting, 0 refused.\n',
  })
  const back = new Network(world.url())
  await back.listen(Number(new URL(url).port))
  expect(await place.throughline('deliver')).toMatchObject({ code: 0, out: '1 run delivered, 0 waiting, 0 refused.\n' })
  await expectWhole(place)
  expect(leftIn(place)).toEqual({ runs: [], plans: [] })
  await back.stop()
})

test.each([
  ['from the start', (): number => 0],
  ['in the middle', (): number => 2],
] as const)('a server that hangs %s gives the terminal back, and the next command delivers', async (_, from) => {
  let seen = 0
  const { network, url } = await startNetwork(() => (seen++ < from() ? 'passes' : 'hangs'))
  const place = await localPlace({ THROUGHLINE_URL: url })
  const running = place.start([throughline, 'terraform', ...apply])
  await shows(running, 'Apply complete!')
  const ended = Date.now()
  const { code, err } = await running.ended
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('is kept in') })
  expect(Date.now() - ended).toBeLessThan(7000)
  network.decide = () => 'passes'
  await place.write('main.tf', '')
  expect(await place.record(['plan'])).toMatchObject({ code: 0 })
  expect(leftIn(place)).toEqual({ runs: [], plans: [] })
  const { said } = await read({ operation: 'apply' })
  expect(said).toEqual(numbers(count))
  await network.stop()
})

test('a server that dies in the middle and comes back has everything, in the same run', async () => {
  const { network, url } = await startNetwork((wish, nth) =>
    wish === 'events' && nth < 3 ? { status: 503 } : 'passes',
  )
  const place = await localPlace({ THROUGHLINE_URL: url })
  // A server that is still away at the end is not waited for.
  await place.write('slow.tf', slow)
  expect(await place.record(apply)).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^Throughline: deploy-\S+ http/),
  })
  await expectWhole(place)
  await network.stop()
})

test('a token that is revoked in the middle is told once, and the record waits for another', async () => {
  const issued = await world.worker.fetch('/api/tokens', {
    method: 'POST',
    json: { name: 'ci', scopes: ['deployments:write'] },
  })
  const { id, token } = (await issued.json()) as { id: string; token: string }
  const place = await localPlace({ THROUGHLINE_TOKEN: token })
  await place.write('slow.tf', slow)
  const running = place.start([throughline, 'terraform', ...apply])
  await shows(running, 'Creating...')
  expect((await world.worker.fetch(`/api/tokens/${id}`, { method: 'DELETE' })).status).toBeLessThan(300)
  const { code, err } = await running.ended
  expect(code).toBe(0)
  expect(err.match(/THROUGHLINE_TOKEN is refused/g)).toHaveLength(1)
  expect(await place.throughline('deliver')).toMatchObject({ code: 1, out: expect.stringContaining('1 waiting') })
  const { THROUGHLINE_TOKEN: _, ...env } = place.env
  const asRoot = place.start([throughline, 'deliver'], { ...env, THROUGHLINE_TOKEN: world.root })
  expect(await asRoot.ended).toMatchObject({ code: 0 })
  await expectWhole(place)
})

test('what the server will never take is put aside and told, and the rest is recorded', async () => {
  const { network, url } = await startNetwork((wish) => (wish === 'plan' ? { status: 413 } : 'passes'))
  const place = await localPlace({ THROUGHLINE_URL: url })
  const { code, err } = await place.record(apply)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('A part of its record was refused') })
  await expectWhole(place)
  const [key = ''] = readdirSync(join(place.home, 'throughline/rejected'))
  expect(readdirSync(join(place.home, 'throughline/rejected', key)).toSorted()).toEqual(['plan-1.json', 'problem.txt'])
  await network.stop()
})

test('a run that the server does not want is put aside whole', async () => {
  const { network, url } = await startNetwork((wish) => (wish === 'create' ? { status: 400 } : 'passes'))
  const place = await localPlace({ THROUGHLINE_URL: url })
  const { code, err } = await place.record(apply)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('So it shall be.') })
  expect(leftIn(place).runs).toEqual([])
  const [key = ''] = readdirSync(join(place.home, 'throughline/rejected'))
  const files = readdirSync(join(place.home, 'throughline/rejected', key))
  expect(files).toEqual(expect.arrayContaining(['create.json', '000001.ndjson', 'finish.json', 'problem.txt']))
  await network.stop()
})

test('two recorders in one folder are two runs, one after the other', async () => {
  const place = await world.place(talkative, 'two')
  const both = await Promise.all(
    [1, 2].map(async () => place.record([...apply, '-lock-timeout=60s', '-replace=terraform_data.talkative'])),
  )
  expect(both).toMatchObject([{ code: 0 }, { code: 0 }])
  const runs = await world.deployments('two', 2)
  expect(runs.map(({ status }) => status)).toEqual(['success', 'success'])
  const said = await Promise.all(
    runs.map(
      async ({ id }) =>
        (await (await world.worker.fetch(`/api/deployments/${id}/logs?limit=5000`)).text()).match(
          /\(local-exec\): line \d+"/g,
        )?.length,
    ),
  )
  expect(said).toEqual([count, count])
})

test('a disk that takes no more costs nothing while the server answers', async () => {
  const place = await localPlace()
  // In blocks of 512 bytes: a segment of output is larger.
  const running = place.start(['sh', '-c', `ulimit -f 40; exec ${throughline} terraform apply -auto-approve`])
  expect(await running.ended).toMatchObject({ code: 0, err: expect.stringMatching(/^Throughline: deploy-.* http/) })
  await expectWhole(place)
})

test('a disk that takes no plan fails neither a plan nor an apply', async () => {
  const place = await world.place(talkative, 'full')
  const onFull = (args: string) => place.start(['sh', '-c', `ulimit -f 1; exec ${throughline} terraform ${args}`]).ended
  expect(await onFull('plan')).toMatchObject({ code: 0 })
  const { code, err } = await onFull('apply -auto-approve')
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringContaining('no room on the disk; terraform starts again'),
  })
  expect(await read({ operation: 'apply' })).toMatchObject({ runs: 1, status: 'success' })
  // What the ledger told D1 only later would count as a run of the next test.
  const db = await world.worker.db()
  const followed = db.prepare("select 1 from states where name = 'full' and serial is not null and lock_id is null")
  await eventually(() => followed.first(), Boolean)
})

test('without any place on a disk a run is recorded all the same, and plans go to the temporary folder', async () => {
  const place = await localPlace({ TMPDIR: '/tmp' })
  await place.write('no-folder', '')
  const env = { XDG_STATE_HOME: join(place.folder, 'no-folder') }
  expect(await place.start([throughline, 'terraform', ...apply], env).ended).toMatchObject({ code: 0 })
  await expectWhole(place)
  const { network, url } = await startNetwork(() => ({ status: 503 }))
  const away = await place.start([throughline, 'terraform', 'plan'], { ...env, THROUGHLINE_URL: url }).ended
  expect(away).toMatchObject({ code: 0, err: expect.stringContaining('no disk keeps it') })
  await network.stop()
})

test.each([
  ['THROUGHLINE_TERRAFORM names nothing', { THROUGHLINE_TERRAFORM: '/nowhere/terraform' }],
  ['the PATH has none', { PATH: '/bin' }],
] as const)('terraform is missing: %s', async (_, env) => {
  const place = await localPlace(env)
  const { code, out, err } = await place.record(apply)
  expect({ code, out }).toEqual({ code: 127, out: '' })
  expect(err).toMatch(/^\S+ is nowhere on the PATH: install Terraform, or name another with THROUGHLINE_TERRAFORM\.\n$/)
  expect(leftIn(place).runs).toEqual([])
})
