import { randomUUID } from 'node:crypto'
import { faultKinds } from './proxy.ts'
import type { Fault } from './proxy.ts'
import { startWorld } from './world.ts'

const world = startWorld()
const { worker } = world

const configuration = `
variable "word" { default = "one" }
resource "terraform_data" "single" { input = var.word }
resource "terraform_data" "several" {
  count = 2
  input = "\${var.word} \${count.index}"
}
`

type Command = {
  readonly args: readonly string[]
  /** What it sends when nothing goes wrong. */
  readonly requests: readonly string[]
  /** Whether the state exists before. */
  readonly seeded: boolean
  /** The plan that must be empty afterwards. */
  readonly check: readonly string[]
  readonly operation: string | null
  readonly serial: number | null
  readonly resources: number
}

const again = ['-var', 'word=two']
const commands = {
  init: { args: ['init'], requests: ['GET'], seeded: true, check: [], operation: null, serial: 1, resources: 3 },
  'first plan': {
    args: ['plan'],
    requests: ['LOCK', 'GET', 'UNLOCK'],
    seeded: false,
    check: ['-destroy'],
    operation: 'plan',
    serial: null,
    resources: 0,
  },
  'first apply': {
    args: ['apply', '-auto-approve'],
    requests: ['LOCK', 'GET', 'GET', 'POST', 'UNLOCK'],
    seeded: false,
    check: [],
    operation: 'apply',
    serial: 1,
    resources: 3,
  },
  'second apply': {
    args: ['apply', '-auto-approve', ...again],
    requests: ['LOCK', 'GET', 'POST', 'UNLOCK'],
    seeded: true,
    check: again,
    operation: 'apply',
    serial: 2,
    resources: 3,
  },
  destroy: {
    args: ['destroy', '-auto-approve'],
    requests: ['LOCK', 'GET', 'POST', 'UNLOCK'],
    seeded: true,
    check: ['-destroy'],
    operation: 'destroy',
    serial: 2,
    resources: 0,
  },
} satisfies Record<string, Command>

/** Every request of a command, as the fault proxy counts them. */
function places({ requests }: Command): Omit<Fault, 'kind'>[] {
  return requests.map((method, index) => ({
    method,
    nth: requests.slice(0, index + 1).filter((other) => other === method).length,
  }))
}

let seed: string
beforeAll(async () => {
  const workspace = await world.workspace(configuration)
  await workspace.run(world.backend('seed'), 'apply', '-auto-approve')
  seed = JSON.stringify(await world.stored('seed'))
})

const cases = Object.entries<Command>(commands).flatMap(([title, command]) =>
  faultKinds.map((kind) => ({ title, kind, command })),
)

test.each(cases)('$title survives at each of its requests: $kind', async ({ command, kind }) => {
  const results = await mapTwoAtOnce(places(command), async (place) => live(command, { ...place, kind }))
  expect(results).toEqual(places(command).map((place) => sound(command, { ...place, kind })))
})

test('the counters equal what they count', async () => {
  await Promise.all(
    ['counted/a', 'counted/b'].map((name) => worker.fetch(`/state/${name}`, { method: 'POST', body: seed })),
  )
  for (const place of places(commands.destroy)) await live(commands.destroy, { ...place, kind: 'lost reply' })
  const db = await worker.db()
  // At one moment: what the last command did may still be on its way.
  const [counted, counters] = await db.batch([
    db.prepare('select status as key, count(*) as n from deployments group by status order by status'),
    db.prepare("select key, n from counters where scope = 'deployments' and n <> 0 order by key"),
  ])
  expect(counters?.results).toEqual(counted?.results)
})

/** Runs a command with a fault and tells all that is left of it. */
async function live(command: Command, fault: Fault) {
  const name = `fault/${randomUUID()}`
  if (command.seeded) await worker.fetch(`/state/${name}`, { method: 'POST', body: seed })
  const workspace = await world.workspace(configuration)
  const { proxy, backend } = await world.disturbed(name, fault)
  const { code, output } = await workspace.run(backend, ...command.args)
  await proxy.deliverLate()
  const check = await workspace.run(world.backend(name), 'plan', '-detailed-exitcode', ...command.check)
  const count = 1 + (command.seeded ? 1 : 0) + (command.operation === null ? 0 : 1)
  return {
    fault,
    struck: proxy.struck,
    exit: code === 0 ? 0 : output,
    check: check.code === 0 ? 0 : check.output,
    errored: workspace.has('errored.tfstate'),
    state: await storedState(name),
    deployments: (await world.deployments(name, count)).map(({ operation, status }) => `${operation} ${status}`),
    freeLock: await world.isFree(name),
  }
}

/** What must be left, whatever the fault was. */
function sound({ seeded, operation, serial, resources }: Command, fault: Fault): Awaited<ReturnType<typeof live>> {
  const own = operation === null ? [] : [`${operation} success`]
  return {
    fault,
    struck: true,
    exit: 0,
    check: 0,
    errored: false,
    state: serial === null ? null : { serial, sameLineage: seeded, resources },
    deployments: ['plan success', ...own, ...(seeded ? ['apply success'] : [])],
    freeLock: true,
  }
}

async function storedState(name: string) {
  const state = await world.stored(name)
  if (state === null) return null
  const { lineage } = JSON.parse(seed) as { lineage: string }
  const instances = state.resources.flatMap((resource) => resource.instances)
  return { serial: state.serial, sameLineage: state.lineage === lineage, resources: instances.length }
}

async function mapTwoAtOnce<Item, Outcome>(items: Item[], work: (item: Item) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (let at = 0; at < items.length; at += 2) {
    outcomes.push(...(await Promise.all(items.slice(at, at + 2).map(work))))
  }
  return outcomes
}
