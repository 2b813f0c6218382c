import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readYaml } from '../../localcloud/github/actions/yaml.ts'
import { eventually } from '../../worker/testing.ts'
import { freePort, owner, startServers } from '../server/server.ts'

const { start, folder } = startServers()

type Workflow = { jobs: Record<string, { steps: { name?: string; run?: string; shell?: string }[] }> }
type Step = { text: string; shell: string[] }
type Github = { api_url: string; token: string }

/** The step as the file has it: what GitHub would run is what runs here. */
function stepOf(file: string, job: string): Step {
  const workflow = readYaml(readFileSync(`.github/workflows/${file}.yml`, 'utf8')) as unknown as Workflow
  const step = workflow.jobs[job]?.steps.find(({ name }) => name?.startsWith('Exchange the token of this run'))
  if (step?.run === undefined) throw new Error(`${file}.yml does not exchange its token.`)
  // What GitHub's runners start: with pipefail only where the shell is named.
  return { text: step.run, shell: step.shell === 'bash' ? ['bash', '-eo', 'pipefail'] : ['bash', '-e'] }
}

/** A server whose local GitHub runs the step in a shell when something is pushed; only `branch` is trusted. */
async function serverWith({ text, shell }: Step, branch: string) {
  const data = folder()
  const port = String(await freePort())
  const audience = `http://127.0.0.1:${port}`
  const [runner, script, kept] = ['runner.json', 'step.sh', 'github-env'].map((name) => join(data, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(script, text)
  const env = { WORKER_URL: audience, GITHUB_ENV: kept }
  const binding = {
    repository: 'owner/infra',
    workflow: 'deploy.yml',
    command: [...shell, script],
    env,
  }
  writeFileSync(runner, JSON.stringify({ bindings: [binding] }))
  const rule = { repository: 'owner/infra', events: ['push'], ref: `refs/heads/${branch}`, minutes: 5 }
  const server = await start({
    DATA_DIR: data,
    PORT: port,
    CLIENT_AUTH_TOKEN: owner,
    THROUGHLINE_GITHUB: 'local',
    GITHUB_PORT: '0',
    GITHUB_RUNNER: runner,
    GITHUB_TRUST: JSON.stringify({ audience, rules: [{ ...rule, scopes: ['state:infra/*'] }] }),
  })
  await server.ready()
  const { github } = JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8')) as { github: Github }
  return { server, github, kept }
}

/** Pushes the workflow, and waits for its run. */
async function conclusionOf({ api_url: api, token }: Github): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'user-agent': 'test' }
  const call = async (path: string, method = 'GET', json?: object) => {
    const response = await fetch(`${api}${path}`, { method, headers, ...(json ? { body: JSON.stringify(json) } : {}) })
    if (!response.ok) throw new Error(await response.text())
    return (await response.json()) as Record<string, unknown>
  }
  await call('/user/repos', 'POST', { name: 'infra', auto_init: true })
  const content = Buffer.from('name: Deploy\non: push\njobs: {apply: {}}\n').toString('base64')
  await call('/repos/owner/infra/contents/.github/workflows/deploy.yml', 'PUT', { message: 'Begin', content })
  const latest = async () => {
    const { workflow_runs: runs } = await call('/repos/owner/infra/actions/runs')
    return (runs as { status: string; conclusion: unknown }[])[0]
  }
  return (await eventually(latest, (run) => run?.status === 'completed', 20_000))?.conclusion
}

test.each([
  ['plan', 'plan'],
  ['apply', 'apply'],
])('the step of %s.yml gets a token that opens the states of its rule alone', async (file, job) => {
  const { server, github, kept } = await serverWith(stepOf(file, job), 'main')
  expect(await conclusionOf(github)).toBe('success')
  const exported = Object.fromEntries(
    readFileSync(kept, 'utf8')
      .split('\n')
      .map((line) => line.split('=')),
  ) as Record<string, string>
  const token = exported['TF_HTTP_PASSWORD'] ?? ''
  expect(exported['THROUGHLINE_TOKEN']).toBe(token)
  expect((await server.call('/state/infra/x', token)).status).toBe(404)
  expect((await server.call('/state/other', token)).status).toBe(403)
})

test('a run of a branch that is not trusted fails at the step, with nothing exported', async () => {
  const { github, kept } = await serverWith(stepOf('apply', 'apply'), 'release')
  expect(await conclusionOf(github)).toBe('failure')
  expect(existsSync(kept)).toBe(false)
})
