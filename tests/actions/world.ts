import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Checkout, addressWith } from '../clients/git.ts'
import { freePort, owner, startServers } from '../server/server.ts'
import type { Server } from '../server/server.ts'
import { workflows } from './workflow.ts'

const root = resolve(import.meta.dirname, '../..')
const project = [
  '.github',
  '.gitignore',
  'scripts',
  'stacks',
  'worker',
  'package.json',
  'package-lock.json',
  'cdktf.json',
]

/** Secrets that nothing people can read may show. */
export const hush = 'hush-hush-of-the-account'

type Credentials = {
  cloudflare: { api_url: string; account_id: string; api_token: string }
  github: { api_url: string; token: string }
}
type Run = { id: number; name: string; status: string; conclusion: string; head_sha: string; event: string }
export type Ended = { readonly conclusion: string; readonly log: string }

/** A control plane with its clouds, and a repository on the local GitHub whose workflows run in a shell. */
export class World {
  readonly server: Server
  readonly checkout: Checkout
  readonly #credentials: Credentials
  readonly #heard = new Set<number>()

  constructor(server: Server, checkout: Checkout, credentials: Credentials) {
    this.server = server
    this.checkout = checkout
    this.#credentials = credentials
  }

  get account(): Credentials['cloudflare'] {
    return this.#credentials.cloudflare
  }

  /** Asks GitHub, as the owner. */
  async hub<Answer>(path: string, method = 'GET', json?: object): Promise<Answer> {
    const { api_url: api, token } = this.#credentials.github
    const headers = { authorization: `Bearer ${token}`, 'user-agent': 'test' }
    const response = await fetch(`${api}${path}`, { method, headers, ...(json ? { body: JSON.stringify(json) } : {}) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
    return (text === '' ? null : JSON.parse(text)) as Answer
  }

  /** Commits a file on a branch that starts at `main`, and pushes it. @returns the commit */
  async push(branch: string, file: string, content: string): Promise<string> {
    const { checkout } = this
    await checkout.must('fetch', '--quiet', 'origin', 'main')
    await checkout.must('checkout', '--quiet', '-B', branch, 'origin/main')
    const sha = await checkout.commit(file, content, `Change ${file}`)
    await checkout.must('push', '--quiet', '--force', 'origin', branch)
    return sha
  }

  /** Waits for the next run of a workflow on a commit, and tells how it ended. */
  async ended(name: string, event: string, sha: string): Promise<Ended> {
    for (let tries = 0; tries < 3000; tries += 1) {
      const { workflow_runs: runs } = await this.hub<{ workflow_runs: Run[] }>('/repos/owner/infra/actions/runs')
      const run = runs.find((each) => each.name === name && each.event === event && each.head_sha === sha)
      if (run?.status === 'completed' && !this.#heard.has(run.id)) {
        this.#heard.add(run.id)
        return { conclusion: run.conclusion, log: await this.#logOf(run.id) }
      }
      await new Promise((done) => setTimeout(done, 100))
    }
    throw new Error(`No run of ${name} ended for ${sha}.`)
  }

  async #logOf(id: number): Promise<string> {
    const { jobs } = await this.hub<{ jobs: { id: number }[] }>(`/repos/owner/infra/actions/runs/${id}/jobs`)
    const { api_url: api, token } = this.#credentials.github
    const headers = { authorization: `Bearer ${token}`, 'user-agent': 'test' }
    return (await fetch(`${api}/repos/owner/infra/actions/jobs/${jobs[0]?.id}/logs`, { headers })).text()
  }
}

/** Starts one, whose `main` holds the project with these settings. */
export function startWorlds() {
  const { start, folder } = startServers('all')
  const checkouts: Checkout[] = []
  afterAll(() => {
    for (const checkout of checkouts) checkout.remove()
  })
  return async (settings: (accountId: string) => string): Promise<World> => {
    const data = folder()
    const port = String(await freePort())
    const [runner, own] = [join(data, 'runner.json'), join(data, 'actions.json')]
    const bindings = workflows.map((name) => ({
      repository: 'owner/infra',
      workflow: `${name}.yml`,
      command: [process.execPath, join(root, 'tests/actions/runner.ts'), name, own],
    }))
    writeFileSync(runner, JSON.stringify({ bindings }))
    const server = await start({
      DATA_DIR: data,
      PORT: port,
      CLIENT_AUTH_TOKEN: owner,
      THROUGHLINE_CLOUD: 'local',
      CLOUD_PORT: '0',
      THROUGHLINE_GITHUB: 'local',
      GITHUB_PORT: '0',
      GITHUB_RUNNER: runner,
      GITHUB_TRUST: trustAt(`http://127.0.0.1:${port}`),
    })
    await server.ready()
    const credentials = JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8')) as Credentials
    writeFileSync(own, JSON.stringify(runnerSettings(data, server.url, credentials)))
    const checkout = new Checkout()
    checkouts.push(checkout)
    const world = new World(server, checkout, credentials)
    await seed(world, credentials, settings(credentials.cloudflare.account_id))
    return world
  }
}

/** As `stacks/settings.ts` has it, for this repository. */
function trustAt(audience: string): string {
  const rule = { repository: 'owner/infra', minutes: 30 }
  const main = { ...rule, ref: 'refs/heads/main' }
  const reading = ['plan:throughline/*', 'deployments:write']
  return JSON.stringify({
    audience,
    rules: [
      {
        ...main,
        events: ['push', 'workflow_dispatch'],
        environment: 'production',
        scopes: ['state:throughline/*', 'deployments:write', 'read'],
      },
      { ...main, events: ['push', 'workflow_dispatch', 'schedule'], scopes: [...reading, 'read'] },
      { ...rule, events: ['pull_request'], scopes: reading },
    ],
  })
}

function runnerSettings(data: string, url: string, { cloudflare, github }: Credentials): object {
  const terraform = join(data, 'terraform')
  const standIn = join(root, 'localcloud/terraform/main.ts')
  writeFileSync(terraform, `#!/bin/sh\nexec "${process.execPath}" "${standIn}" -- terraform "$@"\n`)
  chmodSync(terraform, 0o755)
  const build = join(data, 'build')
  mkdirSync(build)
  return {
    modules: join(root, 'node_modules'),
    // What is compiled once for all checkouts.
    build,
    secrets: {
      CLOUDFLARE_API_TOKEN: cloudflare.api_token,
      REPOSITORIES_TOKEN: github.token,
      WEBHOOK_SECRET: hush,
    },
    vars: { WORKER_URL: url },
    env: {
      THROUGHLINE_TERRAFORM: terraform,
      CLOUDFLARE_BASE_URL: cloudflare.api_url,
      GITHUB_BASE_URL: github.api_url.replace(/api\/v3\/?$/, ''),
      TF_CLI_ARGS: '-no-color',
      npm_config_offline: 'true',
    },
  }
}

async function seed(world: World, { github }: Credentials, settings: string): Promise<void> {
  const { checkout } = world
  await world.hub('/user/repos', 'POST', { name: 'infra', private: true })
  for (const path of project) cpSync(join(root, path), join(checkout.folder, path), { recursive: true })
  await checkout.must('init', '--quiet', '--initial-branch', 'main')
  const address = addressWith(github.api_url.replace(/\/api\/v3\/?$/, ''), github.token, 'owner/infra')
  await checkout.must('remote', 'add', 'origin', address)
  // The first commit starts nothing.
  await checkout.commit('stacks/settings.ts', settings, 'Begin [skip ci]')
  await checkout.must('push', '--quiet', 'origin', 'main')
}
