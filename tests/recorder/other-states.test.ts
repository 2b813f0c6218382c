import { mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Network } from './network.ts'
import { got } from './spy.ts'
import { startWorld } from './world.ts'
import type { Place } from './world.ts'

const world = startWorld()

/** A server that is not ours, with a state that anybody may read, and the headers and bodies that it was sent. */
const told: string[] = []
let stranger: string
const theirs = JSON.stringify({ version: 4, terraform_version: '1.11.4', serial: 1, lineage: 'theirs', resources: [] })
const server = createServer((request, response) => {
  const { authorization, ...headers } = request.headers
  const pair = Buffer.from((authorization ?? '').replace(/^\w+ /, ''), 'base64').toString()
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => {
    told.push([request.method, request.url, JSON.stringify(headers), authorization, pair, ...pieces].join(' '))
    response.end(request.method === 'GET' ? theirs : '')
  })
})
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  stranger = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  told.length = 0
})

/** The stranger was asked, and told neither a token nor the key of a run. */
function expectNothingTold(): void {
  expect(told).not.toEqual([])
  // All that is left of the credentials is what stands for none.
  for (const request of told) {
    expect(request).toMatch(/^[A-Z]+ \/state\/x\S* \{/)
    expect(request).not.toContain(world.root)
    expect(request).not.toContain(Buffer.from(world.root).toString('base64').slice(4, -4))
    expect(request).not.toMatch(/authorization|Basic|Bearer|throughline:|run-[0-9a-f]{32}/i)
  }
}

const backend = (inside = '') => `terraform {\n  backend "http" {\n${inside}\n  }\n}\n`
const reading = (address: string) =>
  `data "terraform_remote_state" "other" {\n  backend = "http"\n  config = {\n    address = ${address}\n  }\n}\n`
const single = 'resource "terraform_data" "single" {}\n'

type Files = Readonly<Record<string, string>>

async function placeOf(files: Files, state = 'ours'): Promise<Place> {
  const place = await world.place('', state)
  for (const left of ['.terraform', 'main.tf']) rmSync(`${place.folder}/${left}`, { recursive: true })
  mkdirSync(`${place.folder}/module`)
  for (const [name, text] of Object.entries(files)) await place.write(name, text)
  return place
}

const readings: [title: string, files: (evil: string) => Files][] = [
  ['in the configuration', (evil) => ({ 'reading.tf': reading(`"${evil}"`) })],
  [
    'that is found out late',
    (evil) => ({ 'reading.tf': `variable "at" {\n  default = "${evil}"\n}\n${reading('var.at')}` }),
  ],
  [
    'in a module',
    (evil) => ({
      'calling.tf': 'module "deep" {\n  source = "./module"\n}\n',
      'module/main.tf': reading(`"${evil}"`),
    }),
  ],
  [
    'in JSON with escapes',
    (evil) => ({
      'reading.tf.json': JSON.stringify({
        data: { terraform_remote_state: { other: { backend: 'http', config: { address: evil } } } },
      }).replace('remote_', String.raw`remote\u005f`),
    }),
  ],
]

test.each(readings)(
  'a state that a stranger keeps is read without a word of ours: %s',
  async (title, files) => {
    const state = `ours/${title.replaceAll(' ', '-')}`
    const place = await placeOf({ 'main.tf': backend() + single, ...files(`${stranger}/state/x`) }, state)
    for (const args of [['init'], ['plan'], ['apply', '-auto-approve'], ['refresh']]) {
      expect(await place.record(args)).toMatchObject({ code: 0 })
    }
    expectNothingTold()
    expect(await world.deployments(state, 3)).toMatchObject([{}, {}, {}])
    expect((await world.stored(state))?.resources).not.toEqual([])
  },
  60_000,
)

test.each(readings)(
  'where the backend says its own address, nobody gets a password: %s',
  async (_, files) => {
    const ours = `${world.url()}/state/ours`
    const place = await placeOf({
      'main.tf': backend(`address = "${ours}"`) + single,
      ...files(`${stranger}/state/x`),
    })
    await place.start(['terraform', 'get']).ended
    const refused = 'Throughline: terraform gets no password for the state ours, since terraform_remote_state may name'
    expect(await got(place, ['plan'])).toMatchObject({ password: null, err: expect.stringContaining(refused) })
    expect(await got(place, ['output'])).toMatchObject({ password: null, err: expect.stringContaining(refused) })
    // Terraform itself goes there with what the person gives it.
    const own = { TF_HTTP_USERNAME: 'someone', TF_HTTP_PASSWORD: world.root }
    expect(await got(place, ['output'], own)).toMatchObject({ password: world.root, err: '' })
  },
  60_000,
)

test.each(['', 'address', 'username'])(
  'a saved plan of a stranger is applied without a word of ours, in a folder that says: %p',
  async (said) => {
    const foreign = await placeOf({ 'main.tf': backend(`address = "${stranger}/state/x"`) + single })
    const plan = `${foreign.folder}/saved.tfplan`
    for (const args of [['init'], ['plan', '-out', plan]]) {
      expect(await foreign.start(['terraform', ...args]).ended).toMatchObject({ code: 0 })
    }
    const inside = { '': '', address: `address = "${world.url()}/state/ours"`, username: 'username = "x"' }[said]
    const place = await placeOf({ 'main.tf': backend(inside) + single })
    expect(await place.record(['init'])).toMatchObject({ code: 0 })
    const refused = 'since a saved plan may name another server: take the address'
    for (const [args, env] of [
      [['apply', '-lock=false', plan], {}],
      [['apply', '-lock=false', '-unknown=1', plan], {}],
      [['apply'], { TF_CLI_ARGS_apply: `-lock=false ${plan}` }],
    ] as const) {
      const { err } = await place.record(args, env)
      expect(err.includes(refused)).toBe(said !== '')
    }
    expectNothingTold()
  },
  60_000,
)

test('our own token, which stands in while the server is away, reaches no stranger, and nobody reads it', async () => {
  const away = new Network(world.url())
  const place = await placeOf({ 'main.tf': backend() + reading(`"${stranger}/state/x"`) }, 'away')
  const env = { THROUGHLINE_URL: await away.listen(), TF_HTTP_RETRY_MAX: '0' }
  expect(await place.record(['init'], env)).toMatchObject({ code: 0 })
  away.decide = (wish) => (wish === 'state' ? 'passes' : 'swallowed')
  expect(await place.record(['plan'], env)).toMatchObject({ code: 0 })
  expectNothingTold()
  away.decide = () => 'swallowed'
  const { out, err } = await place.record(['plan'], env)
  expect(err).toContain('Error acquiring the state lock')
  expect(out + err).not.toContain(world.root)
  await away.stop()
}, 60_000)

test('a plan of our own is saved and applied, and a configuration with its own address alone gets a password', async () => {
  const place = await placeOf({ 'main.tf': backend() + single }, 'alone')
  for (const args of [['init'], ['plan', '-out=saved.tfplan'], ['apply', 'saved.tfplan']]) {
    expect(await place.record(args)).toMatchObject({ code: 0 })
  }
  await place.write('main.tf', backend(`address = "${world.url()}/state/alone"\nusername = "x"`))
  for (const args of [
    ['init', '-reconfigure'],
    ['apply', '-auto-approve'],
    ['state', 'list'],
  ]) {
    expect(await place.record(args)).toMatchObject({ code: 0 })
  }
  expect(await world.deployments('alone', 3)).toMatchObject([{ status: 'success' }, {}, {}])
}, 60_000)
