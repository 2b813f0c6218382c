import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings } from '../cli/settings.ts'
import { readConfiguration } from './configuration.ts'
import { ownState } from './state-address.ts'
import { givenValues } from './variables.ts'

const url = 'http://127.0.0.1:8787'
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-configuration-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const native = `
# backend "http" { address = "commented" }
terraform {
  backend "http" {
    address        = "${url}/state/a" // here
    lock_address   = var.lock
  }
}
variable "plain" { default = "}" }
variable "marked" {
  type      = string
  sensitive = true
}
/* variable "hidden" { sensitive = true } */
variable once {
  ephemeral = true
}`

test('a configuration is read in its own syntax and in JSON', () => {
  writeFileSync(join(folder, 'main.tf'), native)
  expect(readConfiguration(folder)).toEqual({
    hasHttpBackend: true,
    addresses: [`${url}/state/a`, null],
    isFixed: true,
    sensitive: new Set(['marked']),
    defaults: [['plain', '}']],
    hasEphemeral: true,
  })
  writeFileSync(join(folder, 'main.tf'), 'resource {')
  writeFileSync(
    join(folder, 'cdk.tf.json'),
    JSON.stringify({
      terraform: { backend: { http: { address: `${url}/state/b`, lock_address: '${x}' } } },
      variable: { word: { sensitive: true }, plain: [{ default: 1 }] },
    }),
  )
  expect(readConfiguration(folder)).toEqual({
    hasHttpBackend: true,
    addresses: [`${url}/state/b`, null],
    isFixed: true,
    sensitive: new Set(['word']),
    defaults: [['plain', '1']],
    hasEphemeral: false,
  })
  expect(readConfiguration(join(folder, 'nowhere')).addresses).toEqual([])
})

const at = (path: string) => `${url}${path}`

test.each([
  ['nothing is known', {}, [], [], null],
  ['the environment names it', { TF_HTTP_ADDRESS: at('/state/a/b') }, [], [], 'a/b'],
  ['its name is encoded', { TF_HTTP_ADDRESS: at('/state/a%2Fb') }, [], [], 'a/b'],
  ['our own variable names it', { THROUGHLINE_STATE: 'a/b' }, [], [], 'a/b'],
  ['init has noted it', {}, [at('/state/a')], [], 'a'],
  ['the configuration goes first', { TF_HTTP_ADDRESS: at('/state/b') }, [], [at('/state/a')], 'a'],
  ['it is another server', { TF_HTTP_ADDRESS: 'http://127.0.0.1:8788/state/a' }, [], [], null],
  ['it begins like our server', { TF_HTTP_ADDRESS: 'http://127.0.0.1:87871/state/a' }, [], [], null],
  ['it is no state', { TF_HTTP_ADDRESS: at('/api/states') }, [], [], null],
  ['it leaves the states', { TF_HTTP_ADDRESS: at('/state/../api') }, [], [], null],
  ['it holds credentials', { TF_HTTP_ADDRESS: 'http://u:p@127.0.0.1:8787/state/a' }, [], [], null],
  ['the lock is elsewhere', { TF_HTTP_ADDRESS: at('/state/a'), TF_HTTP_LOCK_ADDRESS: 'http://x/lock' }, [], [], null],
  [
    'the lock has its own path',
    { TF_HTTP_ADDRESS: at('/state/a'), TF_HTTP_LOCK_ADDRESS: at('/state/a/lock') },
    [],
    [],
    'a',
  ],
  ['the configuration names another', { TF_HTTP_ADDRESS: at('/state/a') }, [], ['http://x/state/a'], null],
  ['the configuration cannot be read', { TF_HTTP_ADDRESS: at('/state/a') }, [], [null], null],
] as const)('whose state it is: %s', (_, env, initialised, configured, name) => {
  const settings = readSettings({ THROUGHLINE_URL: url, ...env })
  const configuration = { ...readConfiguration(folder), addresses: configured }
  const left = { isFixed: false, workspace: 'default' }
  const found = ownState(settings, env, { ...left, kind: 'http', addresses: initialised }, configuration)
  expect(found?.name ?? null).toBe(name)
  expect(ownState(settings, env, { ...left, kind: null, addresses: [] }, configuration)).toBeNull()
  expect(ownState(settings, env, { ...left, kind: 's3', addresses: [] }, configuration)).toBeNull()
})

test('values of variables are found wherever they are given', () => {
  writeFileSync(
    join(folder, 'terraform.tfvars'),
    'one = "a\\nb"\nlist = ["c", "d"]\nlong = <<EOT\ne\nf\nEOT\nnumber = 5\n',
  )
  writeFileSync(join(folder, 'x.auto.tfvars.json'), '{"deep": {"er": ["g"]}}')
  writeFileSync(join(folder, 'given.tfvars'), 'file = "h"')
  const words = ['-var', 'typed=i=j', '-var-file=given.tfvars', '--var=other=k', '-var-file', 'nowhere']
  expect(givenValues({ TF_VAR_env: 'l', OTHER: 'm' }, words, folder)).toEqual([
    ['env', 'l'],
    ['one', 'a\nb'],
    ['list', 'c'],
    ['list', 'd'],
    ['long', 'e\nf\n'],
    ['number', '5'],
    ['deep', 'g'],
    ['file', 'h'],
    ['typed', 'i=j'],
    ['other', 'k'],
  ])
})
