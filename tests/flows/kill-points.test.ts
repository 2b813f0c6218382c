import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { eventually } from '../../worker/testing.ts'
import { Killable } from '../leases/killable.ts'
import { inventoryOf } from './flows.ts'
import { startGithub } from './github.ts'
import { Network } from './network.ts'
import { saying } from './project.ts'

type Body = Record<string, unknown>
type Run = { id: string; kind: string; project: string; status: string; error: unknown }

const { account } = startAccount()
const github = startGithub()
const network = new Network(() => account().url)
const servers: Killable[] = []
beforeAll(async () => network.listen())
afterEach(async () => {
  network.plan = () => null
  for (const server of servers.splice(0)) await server.remove()
})
afterAll(async () => network.stop())

async function newServer(): Promise<Killable> {
  const server = new Killable({
    CLOUDFLARE_API_BASE_URL: `${network.url}/client/v4`,
    CLOUDFLARE_ACCOUNT_ID: account().accountId,
    CF_API_TOKEN: account().token,
    CLOUDFLARE_TIMEOUT_MS: '600000',
    FLOWS_RETRY_MS: '50',
    GITHUB_API_URL: github(),
  })
  servers.push(server)
  await server.start()
  return server
}

async function done(server: Killable, method: string, path: string, json?: object): Promise<Body> {
  const { status, body } = await server.call(method, `/flows${path}`, json)
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`)
  return body as Body
}

/**
 * Begins a flow over and over, each time on a project of its own, and stops each run before or after another of its
 * calls that change something, until one comes to its end.
 * @returns the projects whose runs are stopped
 */
async function stopEverywhere(
  kind: string,
  begin: (project: string) => Promise<() => Promise<Body>>,
): Promise<string[]> {
  const stopped: string[] = []
  for (let n = 1; ; n += 1) {
    for (const moment of ['before', 'after'] as const) {
      const project = `${kind}-${n}-${moment}`
      const run = await begin(project)
      const { promise, resolve } = Promise.withResolvers<'held'>()
      let changes = 0
      network.plan = (call) => {
        if (call.startsWith('GET ')) return null
        changes += 1
        if (changes === n) resolve('held')
        // What is stopped asks for nothing more.
        return changes < n ? null : moment === 'before' ? 'lost' : 'hang'
      }
      const ended = run().catch(() => new Promise<never>(() => undefined))
      const isHeld = (await Promise.race([promise, ended])) === 'held'
      network.plan = () => null
      if (!isHeld) return stopped
      stopped.push(project)
    }
  }
}

/** Kills the server, starts it again, and waits until all runs are over. */
async function afterKill(server: Killable): Promise<Run[]> {
  await server.end('SIGKILL')
  await server.start()
  const runs = async () => ((await server.call('GET', '/flows/runs?limit=200')).body as { runs: Run[] }).runs
  const isOver = ({ status }: Run) => status === 'success' || status === 'failed'
  return eventually(runs, (all) => all.every(isOver), 120_000)
}

async function inventory(): Promise<string[]> {
  const { base, call } = account()
  return inventoryOf(async (path) => (await call<never>('GET', `${base}${path}`)).result)
}

const bindings = { d1: ['DB'], kv: ['CACHE'], r2: ['FILES'], queues: ['JOBS'], secrets: ['API_KEY'] }
const contentsOf = (project: string) => [
  `d1:${project}-db`,
  `kv:${project}-cache`,
  `queue:${project}-jobs`,
  `r2:${project}-files`,
  `script:${project}`,
]

test('creations that are killed before and after each call that changes something end, and orphan nothing', async () => {
  const server = await newServer()
  const before = await inventory()
  const create = (name: string) => async () => done(server, 'POST', '/create-project', { name, bindings })
  const stopped = await stopEverywhere('make', async (project) => create(project))
  expect(stopped.length).toBeGreaterThanOrEqual(10)
  const runs = await afterKill(server)
  expect(runs.filter(({ status }) => status !== 'success')).toEqual([])
  const made = runs.map(({ project }) => project)
  expect(made).toEqual(expect.arrayContaining(stopped))
  expect(await inventory()).toEqual([...before, ...made.flatMap(contentsOf)].toSorted())
}, 300_000)

test('deletions that are killed before and after each call that changes something end, and leave nothing', async () => {
  const server = await newServer()
  const before = await inventory()
  const stopped = await stopEverywhere('drop', async (project) => {
    await done(server, 'POST', '/create-project', { name: project, bindings })
    return async () => done(server, 'DELETE', `/project/${project}?cleanup=true`)
  })
  expect(stopped.length).toBeGreaterThanOrEqual(8)
  const runs = await afterKill(server)
  expect(runs.filter(({ status }) => status !== 'success')).toEqual([])
  expect(await inventory()).toEqual(before)
}, 300_000)

test('deployments and rollbacks that are killed before and after each call that changes something come to their end', async () => {
  const server = await newServer()
  const deploy = async (project: string, word: string, more: object = {}) =>
    done(server, 'PUT', '/deploy-content', { script_name: project, content: saying(word), bindings: more })
  const deployed = await stopEverywhere('ship', async (project) => {
    await deploy(project, 'first')
    return async () => deploy(project, 'second', { kv: ['CACHE'] })
  })
  const rolled = await stopEverywhere('back', async (project) => {
    await deploy(project, 'first')
    await deploy(project, 'second')
    return async () => done(server, 'POST', `/project/${project}/rollback`, { version: 1 })
  })
  expect([deployed.length, rolled.length]).toEqual([expect.any(Number), 2])
  expect(deployed.length).toBeGreaterThanOrEqual(6)
  const runs = await afterKill(server)
  expect(runs.filter(({ status }) => status !== 'success')).toEqual([])
  for (const project of [...deployed, ...rolled]) {
    const { versions } = await done(server, 'GET', `/project/${project}`)
    expect([project, versions]).toEqual([project, [expect.anything(), expect.anything()]])
  }
}, 300_000)

test('links to GitHub that are killed before and after each call that changes something are made', async () => {
  const server = await newServer()
  const headers = { authorization: `Bearer ${account().token}` }
  await fetch(`${account().url}/_local/git`, { method: 'PUT', headers, body: JSON.stringify({ owners: ['acme'] }) })
  const link = async (project_name: string, target: string) =>
    done(server, 'POST', '/setup-github-ci', { project_name, target, github_repo_url: 'https://github.com/acme/shop' })
  const pages = await stopEverywhere('site', async (project) => async () => link(project, 'pages'))
  const workers = await stopEverywhere('built', async (project) => {
    await done(server, 'PUT', '/deploy-content', { script_name: project, content: saying('it') })
    return async () => link(project, 'workers')
  })
  expect([pages.length, workers.length]).toEqual([2, 2])
  const runs = await afterKill(server)
  expect(runs.filter(({ status }) => status !== 'success')).toEqual([])
  const { base, call } = account()
  for (const name of pages) expect((await call('GET', `${base}/pages/projects/${name}`)).status).toBe(200)
  for (const name of workers) {
    const { result } = await call<{ id: string }>('GET', `${base}/workers/workers/${name}`)
    expect((await call('GET', `${base}/builds/workers/${result.id}`)).status).toBe(200)
  }
}, 300_000)
