import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { Octokit } from 'octokit'
import { sqlite } from '../../../scripts/embedded/sqlite.ts'
import { startGithub } from '../server.ts'
import type { Github } from '../server.ts'
import type { Options } from '../world.ts'
import { isKnown } from './deviations.ts'
import { RestContract, WebhookContract } from './openapi.ts'
import type { Violation } from './openapi.ts'

/** A GitHub as a test uses it: through unmodified clients. */
export type Hub = Github & {
  readonly folder: string
  /** The owner's client. Every answer that it gets is judged by the published document. */
  readonly octokit: Octokit
  /** A client with another token, or with none. */
  readonly client: (token: string | undefined) => Octokit
  /** One GraphQL call, with its errors as part of the answer. */
  readonly graphql: (query: string, variables?: Record<string, unknown>, token?: string) => Promise<Answer>
}

// A test says itself what it expects.
// oxlint-disable-next-line typescript/no-explicit-any
export type Answer = { readonly status: number; readonly data: any; readonly errors?: readonly GraphqlError[] }
type GraphqlError = { readonly type?: string; readonly message: string; readonly path?: readonly (string | number)[] }

let rest: RestContract | null = null
let webhooks: WebhookContract | null = null

/** Starts a GitHub on a folder of its own, for one test file; at the end all its answers and events are judged. */
export function startHub(options: Partial<Options> = {}): { hub: () => Hub; restart: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-github-'))
  const violations: Violation[] = []
  let hub: Hub | null = null
  const open = async () => {
    hub = await openHub(folder, options, violations)
  }
  beforeAll(open)
  afterAll(async () => {
    await hub?.stop()
    violations.push(...judgeEvents(folder))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    expect(summaryOf(violations)).toEqual([])
  })
  return {
    hub: () => {
      if (!hub) throw new Error('The test has not started yet.')
      return hub
    },
    restart: async () => {
      await hub?.stop()
      await open()
    },
  }
}

async function openHub(folder: string, options: Partial<Options>, violations: Violation[]): Promise<Hub> {
  const defaults = { host: '127.0.0.1', port: 0, folder: join(folder, 'github'), path: env['PATH'] ?? '' }
  const github = await startGithub({ ...defaults, ...options })
  const client = (token: string | undefined) => clientFor(github, token, violations)
  const graphql = async (query: string, variables: Record<string, unknown> = {}, token = github.token) => {
    const response = await fetch(`${github.url}/api/graphql`, {
      method: 'POST',
      headers: { authorization: `bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    return { ...(await response.json()), status: response.status }
  }
  return { ...github, folder, client, octokit: client(github.token), graphql }
}

/** An octokit that does not try again: a refusal is what the test wants to see. */
function clientFor({ url }: Github, auth: string | undefined, violations: Violation[]): Octokit {
  const octokit = new Octokit({
    baseUrl: `${url}/api/v3`,
    ...(auth === undefined ? {} : { auth }),
    retry: { enabled: false },
    throttle: { enabled: false },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const judge = (method: string, address: string, status: number, body: unknown, type: unknown) => {
    const { pathname } = new URL(address)
    // Raw files and differences are not what the document describes.
    const isText = typeof type === 'string' && !type.includes('json')
    if (!pathname.startsWith('/api/v3') || isText) return
    rest ??= new RestContract()
    violations.push(...rest.judge(method, pathname.slice('/api/v3'.length), status, body))
  }
  octokit.hook.after('request', ({ url: address, status, data, headers }, { method }) =>
    judge(method, address, status, data, headers['content-type']),
  )
  octokit.hook.error('request', (error, { method }) => {
    if ('response' in error && isResponse(error.response))
      judge(method, error.response.url, error.response.status, error.response.data, 'application/json')
    throw error
  })
  return octokit
}

type Response = { readonly url: string; readonly status: number; readonly data: unknown }

function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && 'url' in value && 'status' in value && 'data' in value
}

/** Every event that the test has raised, delivered or not. */
function judgeEvents(folder: string): Violation[] {
  const { DatabaseSync } = sqlite()
  const db = new DatabaseSync(join(folder, 'github', 'github.sqlite'), { readOnly: true })
  webhooks ??= new WebhookContract()
  const judged: Violation[] = []
  for (const row of db.prepare('select name, action, body from events').all()) {
    const action = row['action'] === null ? null : String(row['action'])
    judged.push(...webhooks.judge(String(row['name']), action, JSON.parse(String(row['body']))))
  }
  db.close()
  return judged
}

/** Each kind of violation once. */
function summaryOf(violations: readonly Violation[]): string[] {
  const unknown = violations.filter((violation) => !isKnown(violation))
  const lines = unknown.map(
    ({ subject, where, message }) => `${subject}: ${where.replaceAll(/\/\d+/g, '/*')} ${message}`,
  )
  return [...new Set(lines)].toSorted()
}
