import { faultKinds } from '../terraform/proxy.ts'
import { startCli } from './cli.ts'

const cli = startCli()

/** A state as a file, and what it says. */
function stateText({ serial = 4, lineage = 'lineage-a', padding = '' } = {}): string {
  const state = { version: 4, terraform_version: '1.11.4', serial, lineage, outputs: {}, resources: [] }
  return `${JSON.stringify({ ...state, check_results: null, padding }, null, 2)}\n`
}

test('a target that holds another version is left alone, and the way out is told', async () => {
  const bring = (input: string) => cli.begin(['state', 'import', 'taken', '-'], { input }).ended
  expect(await bring(stateText())).toMatchObject({ code: 0, err: '' })
  const refused = await bring(stateText({ serial: 5 }))
  expect(refused).toMatchObject({ code: 1, out: '' })
  for (const told of ['serial 4', 'Choose another name', 'throughline state push', 'throughline state delete taken']) {
    expect(refused.err).toContain(told)
  }
  expect(await cli.stored('taken')).toMatchObject({ serial: 4 })
  expect(await cli.deployments('taken')).toHaveLength(1)
})

test.each([
  ['', 'it is empty'],
  ['hello', 'it is not JSON with a lineage and a serial'],
  ['{"version": 4}', 'it is not JSON with a lineage and a serial'],
  ['{"version": 4, "serial": -1, "lineage": "x"}', 'it is not JSON with a lineage and a serial'],
])('%j is refused before anything is locked', async (input, why) => {
  const refused = await cli.begin(['state', 'import', 'odd', '-'], { input }).ended
  expect(refused).toMatchObject({ code: 1, out: '', err: `What came on stdin is no Terraform state: ${why}.\n` })
  expect((await cli.worker.fetch('/api/states/odd')).status).toBe(404)
})

test('a source that is not there is told', async () => {
  const cwd = await cli.folder()
  const missing = await cli.begin(['state', 'import', 'none'], { cwd, env: { THROUGHLINE_TERRAFORM: 'no-such' } }).ended
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('THROUGHLINE_TERRAFORM may name it') })
  const absent = await cli.run('state', 'import', 'none', '/no/such/file')
  expect(absent).toMatchObject({ code: 1, err: '/no/such/file cannot be read: there is no such file.\n' })
})

test('a lock that somebody holds is told with its story', async () => {
  const lock = { ID: 'their-lock', Operation: 'OperationTypeApply', Who: 'bob@desk' }
  await cli.worker.fetch('/state/held', { method: 'LOCK', json: lock })
  const refused = await cli.begin(['state', 'import', 'held', '-'], { input: stateText() }).ended
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('locked by bob@desk (apply) since') })
  expect(await cli.lockOf('held')).toMatchObject({ id: 'their-lock' })
})

test.each(['GET', 'POST', 'DELETE'].flatMap((method) => faultKinds.map((kind) => ({ method, kind }))))(
  'the network may do "$kind" to a $method: the state is whole and the lock free',
  async ({ method, kind }) => {
    const strike = async (nth: number) => {
      const name = `faulty/${method}-${kind.replaceAll(' ', '-')}-${nth}`
      const { proxy, url } = await cli.disturbed({ method, nth, kind })
      const settings = { input: stateText(), env: { THROUGHLINE_URL: url } }
      const { code, err } = await cli.begin(['state', 'import', name, '-'], settings).ended
      await proxy.deliverLate()
      return { code, err, struck: proxy.struck, state: await cli.stored(name), isFree: await cli.isFree(name) }
    }
    const whole = { code: 0, err: '', struck: true, state: { serial: 4 }, isFree: true }
    const results = await Promise.all((method === 'DELETE' ? [1] : [1, 2]).map(strike))
    for (const result of results) expect(result).toMatchObject(whole)
  },
  60_000,
)

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s in the middle of the write releases the lock',
  async (signal) => {
    const name = `interrupted/${signal}`
    let posts = 0
    const { url } = await cli.disturbed({ method: 'POST', nth: 2, kind: 'delay' }, (method) => {
      if (method === 'POST' && ++posts === 2) running.signal(signal)
    })
    const settings = { input: stateText(), env: { THROUGHLINE_URL: url } }
    const running = cli.begin(['state', 'import', name, '-'], settings)
    const { code, out, err } = await running.ended
    expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal])
    expect([out, err]).toEqual(['', `Interrupted. The lock of the state ${name} is released.\n`])
    expect(await cli.lockOf(name)).toBeNull()
  },
)

test('a second interruption ends it at once, and tells which lock may be left', async () => {
  const seen: string[] = []
  const { url } = await cli.disturbed({ method: 'DELETE', nth: 1, kind: 'delay' }, (method) => {
    seen.push(method)
    if (method === 'DELETE' || seen.filter((one) => one === 'POST').length === 2) running.signal('SIGINT')
  })
  const settings = { input: stateText(), env: { THROUGHLINE_URL: url } }
  const running = cli.begin(['state', 'import', 'interrupted/twice', '-'], settings)
  const { code, out, err } = await running.ended
  expect([code, out]).toEqual([130, ''])
  expect(err).toMatch(/^The lock [0-9a-f-]{36} of the state interrupted\/twice may still be held\.\n$/)
})

test('a state of 20 MB comes over whole', async () => {
  const input = stateText({ padding: 'x'.repeat(20_000_000) })
  expect(await cli.begin(['state', 'import', 'large', '-'], { input }).ended).toMatchObject({ code: 0 })
  const { bytes } = await cli.begin(['state', 'pull', 'large']).ended
  expect(bytes.equals(Buffer.from(input))).toBe(true)
})
