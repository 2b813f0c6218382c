import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, startServers } from '../server/server.ts'
import { inRequests, inState, resources, values } from '../terraform/planted.ts'
import { namesIn, placesIn } from '../terraform/seek.ts'
import { leftIn } from './logged.ts'
import { startPlaces } from './world.ts'
import type { Place } from './world.ts'

const { start } = startServers()
const make = startPlaces()

const { scope: inFile, query: typed, body: key, printed: inEnvironment } = inRequests

/** Everything that terraform can be made to print of what it knows, where it does not know that it is secret. */
const telling = `${resources}
variable "in_file" { sensitive = true }
variable "typed" { sensitive = true }
locals {
  all = nonsensitive(join(" ", [var.marked, var.output, var.mapKey, var.cloudId, var.in_file, var.typed]))
}
resource "terraform_data" "telling" {
  triggers_replace = [plantimestamp()]
  provisioner "local-exec" { command = "env; echo '\${local.all}'; echo '\${local.all}' >&2; echo '\${base64encode(local.all)}'" }
}
output "all" { value = local.all }`
const failing = `
resource "terraform_data" "failing" {
  provisioner "local-exec" { command = "echo '\${local.all}' >&2; exit 1" }
}`
const unplannable = `
resource "terraform_data" "unplannable" {
  lifecycle {
    precondition {
      condition     = terraform_data.marked.input == ""
      error_message = "It is \${local.all}."
    }
  }
}`
const invalid = `
variable "checked" {
  default = ""
  validation {
    condition     = length(local.all) == 0
    error_message = "It is \${local.all}."
  }
}`

const commands: readonly { readonly more: string; readonly args: string; readonly code: number }[] = [
  { more: '', args: 'plan', code: 0 },
  { more: '', args: 'plan -json', code: 0 },
  { more: '', args: 'apply -auto-approve', code: 0 },
  { more: '', args: 'plan -out=saved.plan', code: 0 },
  { more: '', args: 'apply saved.plan', code: 0 },
  { more: '', args: 'apply -json -auto-approve', code: 0 },
  { more: '', args: 'refresh', code: 0 },
  { more: failing, args: 'apply -auto-approve', code: 1 },
  { more: failing, args: 'apply -json -auto-approve', code: 1 },
  { more: unplannable, args: 'plan', code: 1 },
  { more: unplannable, args: 'apply -json -auto-approve', code: 1 },
  { more: invalid, args: 'plan', code: 1 },
  { more: '', args: 'destroy -auto-approve', code: 0 },
]

/** Runs everything while no server answers. @returns what people were shown. */
async function runAll(place: Place): Promise<string> {
  let shown = ''
  for (const { more, args, code } of commands) {
    await place.write('more.tf', more)
    const typedWord = args.includes('saved.plan') && args.startsWith('apply') ? [] : ['-var', `typed=${typed.value}`]
    const [command = '', ...rest] = args.split(' ')
    const result = await place.record([command, ...typedWord, ...rest])
    expect({ args, ...result }).toMatchObject({ code })
    shown += result.out + result.err
  }
  return shown
}

test('secrets of runs are shown to the person, and are neither kept beside nor sent', async () => {
  const port = String(await freePort())
  const url = `http://127.0.0.1:${port}`
  const place = await make(telling, {
    ...values(inState.marked),
    AWS_SECRET_ACCESS_KEY: inEnvironment.value,
    DB_PASSWORD: key.value,
    THROUGHLINE_URL: url,
    THROUGHLINE_STATE: 'local',
    THROUGHLINE_TOKEN: inRequests.wrongToken.value,
  })
  await place.write('main.tf', telling)
  await place.write('terraform.tfvars', `in_file = "${inFile.value}"\n`)
  const shown = await runAll(place)

  const { rotated: _, ...held } = inState
  const all = { ...held, inFile, typed, key, inEnvironment, token: inRequests.wrongToken }
  const needles = new Map(Object.entries(all).map(([name, { forms }]) => [name, forms]))
  // Our own token is not even in terraform's environment.
  const { token: _token, ...told } = all
  expect(namesIn(shown, needles).toSorted()).toEqual(Object.keys(told).toSorted())
  expect(leftIn(place)).toEqual({ runs: commands.map(() => expect.stringMatching(/^run-/)), plans: [] })
  expect(placesIn(place.home, needles)).toEqual([])
  // The keys of the runs name their folders, but are in no line of them.
  const keys = new Map(leftIn(place).runs.map((name) => [name, [name]]))
  expect(placesIn(place.home, keys).filter((found) => !found.includes('/create.json: '))).toEqual([])

  const server = await (await start({ PORT: port, CLIENT_AUTH_TOKEN: inRequests.wrongToken.value })).ready()
  expect(await place.throughline('deliver')).toMatchObject({ code: 0, err: '' })
  const answers = await everythingOf(server.call.bind(server), inRequests.wrongToken.value)
  expect(answers.runs).toBe(commands.length)
  expect(
    answers.texts.flatMap((text) => namesIn(text, new Map([...needles, ...keys])).map((name) => `${name} in ${text}`)),
  ).toEqual([])
  expect(answers.texts.join('\n')).toContain('(sensitive)')
  await server.stop()
  // The server's own credentials are for scripts on this machine, which nobody else reads.
  expect(placesIn(server.folder, needles)).toEqual(['credentials.json: token'])
  expect(namesIn(server.output.out + server.output.err, needles)).toEqual([])
  await rm(join(place.folder, 'saved.plan'))
  expect(readdirSync(place.home)).toEqual(['throughline'])
}, 180_000)

/** All that the server tells of all runs. */
async function everythingOf(call: (path: string, token: string) => Promise<Response>, token: string) {
  const list = (await (await call('/api/deployments?limit=100', token)).json()) as { deployments: { id: string }[] }
  const texts = [JSON.stringify(list)]
  for (const { id } of list.deployments) {
    for (const part of ['', '/logs', '/changes', '/plan?operation=1']) {
      texts.push(`${id}${part}\n${await (await call(`/api/deployments/${id}${part}`, token)).text()}`)
    }
  }
  return { runs: list.deployments.length, texts }
}
