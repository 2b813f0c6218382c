import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// A copy of the repository in which nothing but the settings is edited.
const root = join(import.meta.dirname, '..')
const copy = mkdtempSync(join(tmpdir(), 'throughline-copy-'))
for (const path of ['.github', 'scripts', 'stacks', 'worker', 'package.json', 'cdktf.json'])
  cpSync(join(root, path), join(copy, path), { recursive: true })
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
const file = join(copy, 'stacks/settings.ts')
const example = readFileSync(file, 'utf8')

afterAll(() => rmSync(copy, { recursive: true }))

/** Runs a script as npm does, with nothing in its environment but what is given. */
function run(script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=DEP0044', join(copy, script), ...args],
    { cwd: copy, encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } },
  )
  return { status, stdout, stderr }
}

/** `npm run synth` with other settings. */
function synth(settings: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(file, settings)
  return run('stacks/main.ts', [], env)
}

function githubStack(): string {
  return readFileSync(join(copy, 'cdktf.out/stacks/github/cdk.tf.json'), 'utf8')
}

test('other settings are all that another infrastructure needs', () => {
  const left = join(copy, 'cdktf.out/stacks/gone')
  mkdirSync(left, { recursive: true })
  const others = example.replaceAll('example.com', 'acme.dev').replaceAll("owner: 'example'", "owner: 'acme'")
  expect(synth(others)).toEqual({
    status: 0,
    stdout: 'cloudflare, domains, github, azure, auth0 → cdktf.out/stacks\n',
    stderr: '',
  })
  expect(githubStack()).toContain('https://throughline.acme.dev/state/throughline/github')
  expect(githubStack()).toContain('"owner": "acme"')
  expect(existsSync(left)).toBe(false)
})

test('a synthesis starts no program, so it needs no terraform and nobody is called', () => {
  expect(synth(example, { PATH: '/nowhere' })).toMatchObject({ status: 0, stderr: '' })
  expect(githubStack()).toContain('"id": "throughline"')
})

test('the states are on the server that the environment names', () => {
  expect(synth(example, { THROUGHLINE_URL: 'http://127.0.0.1:8787/' })).toMatchObject({ status: 0 })
  expect(githubStack()).toContain('"address": "http://127.0.0.1:8787/state/throughline/github"')
})

test('wrong settings are told without a trace, and what was synthesised stays', () => {
  const before = githubStack()
  expect(synth(example.replace("'D93F0B'", "'#D93F0B'"))).toEqual({
    status: 1,
    stdout: '',
    stderr: `stacks/settings.ts has a problem:
  github.repositories[0].labels[6].color: "#D93F0B" has a hash; write it without: D93F0B
`,
  })
  expect(githubStack()).toBe(before)
})

test.each([
  ['no TypeScript', "  project: 'throughline',", '  project: ,', /^stacks\/settings\.ts:5: \S.*\n$/],
  [
    'a name that is not there',
    "'throughline',\n  owner",
    'nobody,\n  owner',
    /^stacks\/settings\.ts:5: nobody is not defined\n$/,
  ],
  [
    'no settings at all',
    'const settings',
    'const others',
    /^stacks\/settings\.ts has a problem:\n {2}settings: is missing\.\n$/,
  ],
])('settings with %s are told with their line, without a trace', (_, from, to, message) => {
  const { status, stderr } = synth(example.replace(from, to))
  expect(status).toBe(1)
  expect(stderr).toMatch(message)
  expect(run('scripts/stacks/deploy.ts').stderr).toMatch(/^stacks.*(\n.*)?\nNothing was planned\.\n$/)
})

test('what breaks a policy is told without a trace, and there is nothing to deploy', () => {
  const { status, stderr } = synth(example.replace(/protection: \[.*\],/, ''))
  expect(status).toBe(1)
  expect(stderr).toMatch(/^The stacks break a policy:\n {2}github\/throughline\/repository: the repository .*\n$/)
  expect(existsSync(join(copy, 'cdktf.out/manifest.json'))).toBe(false)
})

test('the stacks are listed in the order in which they can be deployed', () => {
  writeFileSync(file, example)
  expect(run('scripts/stacks/workflow.ts', ['stacks']).stdout).toBe(
    'stacks: ["auth0","azure","cloudflare","domains","github"]\n',
  )
  expect(run('scripts/stacks/list.ts').stdout).toMatch(
    /^domains +\d+ resources in https:\/\/throughline\.example\.com\/state\/throughline\/domains, after cloudflare$/m,
  )
})

test('a plan without credentials says which variables to set, before anything is run', () => {
  writeFileSync(file, example)
  expect(run('scripts/stacks/plan.ts', ['github'])).toEqual({
    status: 1,
    stdout: '',
    stderr: `These variables are not set:
  THROUGHLINE_TOKEN or TF_HTTP_PASSWORD: a token of the control plane, which keeps the state (github)
  GITHUB_TOKEN: a GitHub token that may administer the repositories (github)
  TF_VAR_azure_credentials: The Actions secret AZURE_CREDENTIALS (github)
  TF_VAR_cloudflare_api_token: The Actions secret CLOUDFLARE_API_TOKEN (github)
  TF_VAR_github_webhook_secret: The Worker's GITHUB_WEBHOOK_SECRET, which signs its deliveries (github)
`,
  })
  expect(run('scripts/stacks/deploy.ts', ['--yes']).stderr).toContain('These variables are not set:')
})

test('a stack that does not exist is named with the one that was meant', () => {
  writeFileSync(file, example)
  expect(run('scripts/stacks/plan.ts', ['githb']).stderr).toBe('There is no stack "githb"; did you mean github?\n')
})

test('an option that does not exist is told without a trace', () => {
  writeFileSync(file, example)
  const { status, stderr } = run('scripts/stacks/deploy.ts', ['--ye'])
  expect(status).toBe(1)
  expect(stderr).toMatch(/^Unknown option '--ye'.*\n$/)
})

test('nothing is planned with wrong settings', () => {
  writeFileSync(file, example.replace("'D93F0B'", "'red'"))
  const { status, stderr } = run('scripts/stacks/plan.ts')
  expect(status).toBe(1)
  expect(stderr).toMatch(/"red" is no colour; .*\nNothing was planned\.\n$/)
})
