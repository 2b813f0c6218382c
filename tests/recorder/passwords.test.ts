import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../worker/testing.ts'
import { Network } from './network.ts'
import { got } from './spy.ts'
import { startWorld } from './world.ts'

const world = startWorld()

test.each([
  ['a host that begins like ours', (ours: string) => `${ours}.evil.example/state/a`],
  ['a host behind ours', (ours: string) => `${ours}@evil.example/state/a`],
  ['a host behind ours and a backslash', (ours: string) => String.raw`${ours}\@evil.example/../state/a`],
  ['a pair in the address', (ours: string) => `${ours.replace('//', '//a:b@')}/state/a`],
  ['another port', (ours: string) => `${ours}0/state/a`],
  ['another scheme', (ours: string) => `${ours.replace('http:', 'https:')}/state/a`],
  ['another path', (ours: string) => `${ours}/api/tokens`],
  ['a path that leads elsewhere', (ours: string) => `${ours}/state/../api/tokens`],
  ['a path that leads elsewhere in secret', (ours: string) => `${ours}/state/%2e%2e/api/tokens`],
  ['a query', (ours: string) => `${ours}/state/a?x=1`],
  ['a line break', (ours: string) => `${ours.slice(0, -1)}\t${ours.slice(-1)}/state/a`],
])(
  'an address is not ours: %s',
  async (_, addressOf) => {
    const place = await world.place('', 'ours')
    const address = addressOf(world.url())
    for (const name of ['TF_HTTP_ADDRESS', 'TF_HTTP_LOCK_ADDRESS', 'TF_HTTP_UNLOCK_ADDRESS']) {
      for (const args of [['state', 'list'], ['refresh']]) {
        expect(await got(place, args, { [name]: address })).toMatchObject({ password: null })
      }
    }
  },
  30_000,
)

test('a command that opens a state gets a token that opens nothing else, and the others get none', async () => {
  const token = await world.token('state:ours/*', 'admin', 'read')
  const place = await world.place('', 'ours/a', { THROUGHLINE_TOKEN: token })
  for (const args of [
    ['version'],
    ['fmt'],
    ['validate'],
    ['-help'],
    ['state', 'list', '-help'],
    ['get'],
    ['plan', '-h'],
  ]) {
    const { text, password } = await got(place, args)
    expect({ args, password, tells: text.includes(token) }).toEqual({ args, password: null, tells: false })
  }
  for (const args of [['init'], ['state', 'list'], ['output'], ['console']]) {
    const { text, password, address, err } = await got(place, args)
    expect({ err, address, tells: text.includes(token) }).toEqual({
      err: '',
      address: `${world.url()}/state/ours/a`,
      tells: false,
    })
    const statusOf = async (path: string) => {
      const headers = { authorization: `Bearer ${password}` }
      return (await fetch(`${world.url()}${path}`, { headers })).status
    }
    expect([await statusOf('/state/ours/a'), await statusOf('/state/ours/b'), await statusOf('/api/tokens')]).toEqual([
      404, 403, 403,
    ])
  }
  expect(await got(place, ['output'], { TF_HTTP_PASSWORD: 'of-the-user' })).toMatchObject({ password: 'of-the-user' })
}, 30_000)

test('a token that does not open the state is no password, and the person is told', async () => {
  const token = await world.token('admin', 'read', 'deployments:write')
  const place = await world.place('', 'ours/a', { THROUGHLINE_TOKEN: token })
  expect(await got(place, ['output'])).toMatchObject({
    password: null,
    err: expect.stringMatching(/^Throughline: terraform gets no password for the state ours\/a: .+\n$/),
  })
  for (const args of [['refresh'], ['plan']]) {
    const { text, password } = await got(place, args)
    expect([password, text.includes(token)]).toEqual([null, false])
  }
})

test('our own token is a password only while nobody answers, and only for a state of ours', async () => {
  const away = new Network(world.url())
  const url = await away.listen()
  const place = await world.place('', 'ours/a', { THROUGHLINE_URL: url })
  away.decide = () => ({ status: 403 })
  expect(await got(place, ['refresh'])).toMatchObject({ password: null })
  away.decide = () => ({ status: 400 })
  expect(await got(place, ['refresh'])).toMatchObject({ password: null })
  away.decide = () => 'swallowed'
  expect(await got(place, ['refresh'])).toMatchObject({ password: root, address: `${url}/state/ours/a` })
  expect(await got(place, ['output'])).toMatchObject({ password: null })
  await place.write('main.tf', 'terraform {\n  backend "local" {}\n}\n')
  rmSync(join(place.folder, '.terraform'), { recursive: true })
  expect(await got(place, ['refresh'])).toMatchObject({ password: null, address: null })
  await away.stop()
}, 30_000)

test('a folder whose state is not kept by http has none of ours', async () => {
  const place = await world.place('', 'ours/local')
  rmSync(join(place.folder, '.terraform'), { recursive: true })
  await place.write('main.tf', 'resource "terraform_data" "single" {}\n')
  const env = { TF_HTTP_ADDRESS: `${world.url()}/state/ours/local` }
  expect(await place.record(['apply', '-auto-approve'], env)).toMatchObject({ code: 0 })
  const answer = await world.worker.fetch('/api/deployments')
  const { deployments } = (await answer.json()) as { deployments: { state: string | null }[] }
  expect(deployments.map(({ state }) => state)).toEqual([null])
  expect(await got(place, ['refresh'])).toMatchObject({ password: null })
})
