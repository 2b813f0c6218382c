import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeMissing, requiredVariables } from './required-variables.ts'
import { edited, synthesised } from './testing.ts'

const root = join(import.meta.dirname, '..')
const { documents, dependencies } = synthesised()

test.each(Object.entries(documents))(
  '%s keeps its state under its own name, locks it, and holds no credential',
  (name, document) => {
    const address = `https://throughline.example.com/state/throughline/${name}`
    expect(document.terraform['backend']).toEqual({
      http: {
        address,
        lock_address: address,
        lock_method: 'LOCK',
        unlock_address: address,
        unlock_method: 'UNLOCK',
      },
    })
  },
)

test.each(Object.entries(documents))('the providers of %s log in with what the environment says', (_, document) => {
  expect(JSON.stringify(document['provider'])).not.toMatch(/token|secret|password|key/)
})

test.each(Object.entries(documents))('%s says the same wherever it is synthesised', (name, document) => {
  expect(JSON.stringify(document)).not.toContain(root)
  expect(synthesised().documents[name]).toEqual(document)
})

test('what leads to the Worker comes after what the Worker needs', () => {
  expect(dependencies).toEqual({
    cloudflare: [],
    domains: ['cloudflare'],
    github: ['cloudflare'],
    azure: [],
    auth0: [],
  })
})

test('no stack reads the state of another', () => {
  for (const document of Object.values(documents))
    expect(JSON.stringify(document)).not.toContain('terraform_remote_state')
})

test('a plan needs these variables, and one token for all states', () => {
  const names = Object.fromEntries(
    Object.entries(documents).map(([name, document]) => [
      name,
      requiredVariables(document).map(({ anyOf }) => anyOf[0]),
    ]),
  )
  expect(names).toEqual({
    cloudflare: ['THROUGHLINE_TOKEN', 'CLOUDFLARE_API_TOKEN'],
    domains: ['THROUGHLINE_TOKEN', 'CLOUDFLARE_API_TOKEN'],
    github: [
      'THROUGHLINE_TOKEN',
      'GITHUB_TOKEN',
      'TF_VAR_azure_credentials',
      'TF_VAR_cloudflare_api_token',
      'TF_VAR_github_webhook_secret',
    ],
    azure: ['THROUGHLINE_TOKEN', 'ARM_CLIENT_ID', 'TF_VAR_connector_token'],
    auth0: ['THROUGHLINE_TOKEN', 'AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET'],
  })
})

test('all variables that are missing are told at once, each with its purpose', () => {
  const { cloudflare, domains } = documents
  expect(describeMissing({ cloudflare, domains }, {})).toBe(`These variables are not set:
  THROUGHLINE_TOKEN or TF_HTTP_PASSWORD: a token of the control plane, which keeps the state (cloudflare, domains)
  CLOUDFLARE_API_TOKEN: a token of the Cloudflare account (cloudflare, domains)`)
  const env = { TF_HTTP_PASSWORD: 'x', CLOUDFLARE_API_TOKEN: '' }
  expect(describeMissing({ cloudflare }, env)).toBe(
    'A variable is not set:\n  CLOUDFLARE_API_TOKEN: a token of the Cloudflare account (cloudflare)',
  )
  expect(describeMissing({ cloudflare }, { ...env, CLOUDFLARE_API_TOKEN: 'x' })).toBeNull()
})

describe('a copy of the repository', () => {
  const copy = mkdtempSync(join(tmpdir(), 'throughline-copy-'))
  for (const path of ['.github', 'scripts', 'stacks', 'worker', 'package.json', 'cdktf.json'])
    cpSync(join(root, path), join(copy, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const file = join(copy, 'stacks/settings.ts')
  const written = readFileSync(file, 'utf8')

  /** Runs what `npm run synth` runs, in the copy. */
  function synth(change: (settings: string) => string, env: NodeJS.ProcessEnv = {}) {
    writeFileSync(file, change(written))
    const args = ['--disable-warning=DEP0044', join(copy, 'stacks/main.ts')]
    return spawnSync(process.execPath, args, {
      cwd: copy,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...env },
    })
  }
  const github = () => readFileSync(join(copy, 'cdktf.out/stacks/github/cdk.tf.json'), 'utf8')

  afterAll(() => rmSync(copy, { recursive: true }))

  test('is somebody else’s infrastructure when only the settings are edited', () => {
    const left = join(copy, 'cdktf.out/stacks/gone')
    mkdirSync(left, { recursive: true })
    const { status, stdout, stderr } = synth((text) =>
      text.replaceAll('example.com', 'acme.dev').replaceAll("owner: 'example'", "owner: 'acme'"),
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toBe('cloudflare, domains, github, azure, auth0 → cdktf.out/stacks\n')
    expect(github()).toContain('https://throughline.acme.dev/state/throughline/github')
    expect(github()).toContain('"owner": "acme"')
    expect(existsSync(left)).toBe(false)
  })

  test('keeps its states on the server that the environment names', () => {
    expect(synth((text) => text, { THROUGHLINE_URL: 'http://127.0.0.1:8787' })).toMatchObject({ status: 0 })
    expect(github()).toContain('"address": "http://127.0.0.1:8787/state/throughline/github"')
  })

  test('is not synthesised with wrong settings, and what is there stays', () => {
    const before = github()
    const { status, stdout, stderr } = synth((text) => text.replace("'D93F0B'", "'#D93F0B'"))
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toBe(`stacks/settings.ts has a problem:
  github.repositories[0].labels[6].color: "#D93F0B" has a hash; write it without: D93F0B
`)
    expect(github()).toBe(before)
  })

  test('that breaks a policy leaves nothing to deploy', () => {
    const { status, stderr } = synth((text) => text.replace(/protection: \[.*\],/, ''))
    expect(status).toBe(1)
    expect(stderr).toMatch(/^The stacks break a policy:\n {2}github\/throughline\/repository: the repository/)
    expect(existsSync(join(copy, 'cdktf.out/manifest.json'))).toBe(false)
  })
})

test('a second repository needs no code', () => {
  const two = edited(({ github: { repositories } }) =>
    repositories.push({ name: 'second.one', visibility: 'internal' }),
  )
  expect(JSON.stringify(synthesised(two).documents['github'])).toContain('"name":"second.one"')
})
