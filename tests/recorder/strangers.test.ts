import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startWorld } from './world.ts'
import type { Place } from './world.ts'

const world = startWorld()

/** A server that is not ours, and what it is told. */
const told: string[] = []
let stranger: string
const server = createServer(({ url, headers }, response) => {
  told.push(`${url} ${Buffer.from((headers.authorization ?? '').replace('Basic ', ''), 'base64').toString()}`)
  response.writeHead(404).end()
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

type Case = {
  readonly title: string
  readonly files?: (evil: string, ours: string) => Record<string, string>
  readonly args?: (evil: string) => string[]
  readonly env?: (evil: string, ours: string) => Record<string, string>
}

const backend = (address: string) => `terraform {\n  backend "http" {\n    address = ${address}\n  }\n}\n`
const empty = { 'main.tf': 'terraform {\n  backend "http" {}\n}\n' }

const ways: Case[] = [
  { title: 'an address in the configuration', files: (evil) => ({ 'main.tf': backend(`"${evil}"`) }) },
  {
    title: 'between marks of a comment in templates',
    files: (evil) => ({
      'main.tf': `locals { x = "\${replace("a", "/*", "")}" }\n${backend(`"${evil}"`)}locals { y = "\${replace("a", "*/", "")}" }\n`,
    }),
  },
  {
    title: 'between marks of a comment in heredocs',
    files: (evil) => ({
      'main.tf': `locals {\n  x = <<E\nsrc/*\nE\n}\n${backend(`"${evil}"`)}locals {\n  y = <<E\n*/\nE\n}\n`,
    }),
  },
  {
    title: 'behind a comment that looks like another',
    files: (evil) => ({ 'main.tf': `terraform {\n/* # */ backend /* " */ http {\n    address = "${evil}"\n  }\n}\n` }),
  },
  {
    title: 'in a condition',
    files: (evil, ours) => ({ 'main.tf': backend(`"${ours}" == "" ? "" : "${evil}"`) }),
  },
  { title: 'with an escape', files: (evil) => ({ 'main.tf': backend(`"\\u0068${evil.slice(1)}"`) }) },
  {
    title: 'with an escape in the name of the backend',
    files: (evil) => ({ 'main.tf': backend(`"${evil}"`).replace('"http"', String.raw`"\u0068ttp"`) }),
  },
  { title: 'a lock address', files: (evil) => ({ 'main.tf': backend(`"${evil}"\n    lock_address = "${evil}"`) }) },
  {
    title: 'in an override',
    files: (evil, ours) => ({ 'main.tf': backend(`"${ours}"`), 'override.tf': backend(`"${evil}"`) }),
  },
  {
    title: 'in JSON',
    files: (evil) => ({ 'main.tf.json': JSON.stringify({ terraform: { backend: { http: { address: evil } } } }) }),
  },
  {
    title: 'in JSON that names a thing twice',
    files: (evil) => ({
      'main.tf.json': `{"terraform":{"backend":{"http":{"address":"${evil}"}}},"terraform":{"required_version":">= 1"}}`,
    }),
  },
  {
    title: 'deep in JSON',
    files: (evil) => ({
      'main.tf.json': JSON.stringify([{ terraform: [[{ backend: { http: [{ address: evil }] } }]] }]),
    }),
  },
  { title: 'in an argument', files: () => empty, args: (evil) => [`-backend-config=address=${evil}`] },
  {
    title: 'in an argument of the environment',
    files: () => empty,
    env: (evil) => ({ TF_CLI_ARGS_init: `-backend-config=address=${evil}` }),
  },
  {
    title: 'in a quoted argument of the environment',
    files: () => empty,
    env: (evil) => ({ TF_CLI_ARGS: `-back'end-con'"fig"=address=${evil}` }),
  },
  {
    title: 'in the environment',
    files: () => empty,
    env: (evil) => ({ TF_HTTP_ADDRESS: evil, THROUGHLINE_STATE: '' }),
  },
]

async function foreign({ files, env }: Case, evil: string): Promise<Place> {
  const ours = `${world.url()}/state/ours`
  const place = await world.place('', 'ours', { THROUGHLINE_QUIET: '1', ...env?.(evil, ours) })
  rmSync(join(place.folder, '.terraform'), { recursive: true })
  rmSync(join(place.folder, 'main.tf'))
  mkdirSync(join(place.folder, '.terraform'))
  for (const [name, text] of Object.entries(files?.(evil, ours) ?? empty)) await place.write(name, text)
  return place
}

test.each(ways)(
  'a stranger gets no password of ours: $title',
  async (way) => {
    const evil = `${stranger}/state/x`
    const place = await foreign(way, evil)
    await place.record(['init', '-input=false', ...(way.args?.(evil) ?? [])])
    // Terraform itself goes there: the test would prove nothing otherwise.
    expect(told).not.toEqual([])
    for (const request of told) expect(request).toMatch(/^\/\S* $/)
    told.length = 0
    for (const args of [['state', 'list'], ['plan']]) await place.record(args)
    for (const request of told) expect(request).toMatch(/^\/\S* $/)
  },
  30_000,
)

test.each(['backend', 'BACKEND', 'bac\u212Aend'])(
  'a stranger gets no password of ours: in what init has left, as %s',
  async (name) => {
    const evil = `${stranger}/state/x`
    const place = await foreign({ title: '' }, evil)
    await place.start(['terraform', 'init', `-backend-config=address=${evil}`]).ended
    const left = '.terraform/terraform.tfstate'
    await place.write(left, readFileSync(join(place.folder, left), 'utf8').replace('"backend"', `"${name}"`))
    told.length = 0
    for (const args of [['state', 'list'], ['plan'], ['init']]) await place.record(args)
    expect(told).toEqual(expect.arrayContaining([expect.stringMatching(/^\/state\/x /)]))
    for (const request of told) expect(request).toMatch(/^\/\S* $/)
  },
  30_000,
)

test('a module that init brings is not known before', async () => {
  const place = await foreign(ways[0] as Case, `${stranger}/state/x`)
  mkdirSync(join(place.folder, 'module'))
  mkdirSync(join(place.folder, 'empty'))
  await place.write('module/main.tf', readFileSync(join(place.folder, 'main.tf'), 'utf8'))
  await place.record(['-chdir=empty', 'init', '-from-module=../module'])
  expect(told).toEqual([expect.stringMatching(/^\/state\/x $/)])
})

test('a state of ours is read with what is lent, whatever else the configuration holds', async () => {
  const place = await world.place('', 'ours/real')
  await place.write(
    'main.tf',
    `# backend "http" { address = "http://example.com" }
terraform {
  backend "http" {
    address = "${world.url()}/state/ours/real"
  }
}
locals {
  glob = "src/*"
  text = <<-EOT
    backend http_servers {
      address "\${"}"}" */
  EOT
}
resource "terraform_data" "single" { input = local.text }
`,
  )
  rmSync(join(place.folder, '.terraform'), { recursive: true })
  expect(await place.record(['init'])).toMatchObject({ code: 0, err: '' })
  expect(await place.record(['apply', '-auto-approve'])).toMatchObject({ code: 0 })
  expect(await place.record(['state', 'list'])).toMatchObject({ code: 0, out: 'terraform_data.single\n', err: '' })
})
