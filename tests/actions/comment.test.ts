import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { startHub } from '../../localcloud/github/testing/hub.ts'
import { eventually } from '../../worker/testing.ts'
import { freePort } from '../server/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'throughline-comment-'))
const step = `"${process.execPath}" "${resolve('scripts/stacks/workflow.ts')}" comment "${folder}/reports"`
const marker = '<!-- throughline: plan -->'

/** So many steps ask at the same moment which comments there are: through a gate that waits for all of them. */
const crowd = 3
const gate = await freePort()

/** What runs in a repository of this name when its pull request is opened again. */
const commands = {
  once: step,
  twice: `${step} && sed -i 's/unchanged/failed/' "${folder}/again/report.json" && ${step.replace('/reports', '/again')}`,
  'at-once': `export GITHUB_API_URL=http://127.0.0.1:${gate}/api/v3; ${`${step} & `.repeat(crowd)} wait`,
  overtaken: `GITHUB_EVENT_PATH="${folder}/event.json" ${step}`,
}
const bindings = Object.entries(commands).map(([name, command]) => ({
  repository: `owner/${name}`,
  workflow: 'plan.yml',
  command: `export GH_TOKEN="$GITHUB_TOKEN"; ${command}`,
  env: { STACKS: '["cloudflare","github"]' },
}))
writeFileSync(join(folder, 'runner.json'), JSON.stringify({ bindings }))
writeFileSync(
  join(folder, 'event.json'),
  JSON.stringify({ pull_request: { number: 1, head: { sha: '0'.repeat(40) } } }),
)
const report = { state: 's', outcome: 'unchanged', reason: null, deployment: null, plan: null }
for (const name of ['reports', 'again']) mkdirSync(join(folder, name))
for (const name of ['reports', 'again'])
  writeFileSync(join(folder, name, 'report.json'), JSON.stringify([{ stack: 'cloudflare', ...report }]))
const { hub } = startHub({ runner: join(folder, 'runner.json') })

const waiting: (() => void)[] = []
const server = createServer((request, response) => {
  void pass(request, response).catch((error: unknown) => response.destroy(error as Error))
})

async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '', method = '', headers } = request
  const body = await text(request)
  const answer = await fetch(hub().url + url, {
    method,
    headers: { authorization: headers.authorization ?? '', 'user-agent': 'gate' },
    ...(body !== '' && { body }),
  })
  const said = await answer.text()
  if (method === 'GET' && url.includes('/comments') && waiting.length < crowd) await everybody()
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(said)
}

async function everybody(): Promise<void> {
  return new Promise((go) => {
    waiting.push(go)
    if (waiting.length === crowd) for (const each of waiting) each()
  })
}

beforeAll(async () => once(server.listen(gate, '127.0.0.1'), 'listening'))
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

/** A pull request on which somebody has said something before the workflow ran. @returns all that is said in the end */
async function saidOn(repo: keyof typeof commands, before: readonly string[] = []) {
  const { repos, git, pulls, issues, actions } = hub().octokit.rest
  const place = { owner: 'owner', repo }
  await repos.createForAuthenticatedUser({ name: repo, auto_init: true })
  const on = 'on: {pull_request: {types: [reopened]}}'
  const content = Buffer.from(`name: plan\n${on}\njobs: {plan: {}}\n`).toString('base64')
  const path = '.github/workflows/plan.yml'
  await repos.createOrUpdateFileContents({ ...place, path, message: 'Plan', content })
  const { data: main } = await git.getRef({ ...place, ref: 'heads/main' })
  await git.createRef({ ...place, ref: 'refs/heads/change', sha: main.object.sha })
  await repos.createOrUpdateFileContents({
    ...place,
    path: 'a',
    branch: 'change',
    message: 'Change a',
    content: 'YQ==',
  })
  const { data: pull } = await pulls.create({ ...place, title: 'Change', head: 'change', base: 'main' })
  const there = { ...place, issue_number: pull.number }
  for (const body of before) await issues.createComment({ ...there, body })
  for (const state of ['closed', 'open'] as const) await pulls.update({ ...place, pull_number: pull.number, state })
  const latest = async () => (await actions.listWorkflowRunsForRepo(place)).data.workflow_runs[0]
  const run = await eventually(latest, (each) => each?.status === 'completed', 60_000)
  const { data } = await issues.listComments(there)
  return { conclusion: run?.conclusion, bodies: data.map(({ body }) => body) }
}

const plan = expect.stringMatching(
  /^<!-- throughline: plan -->\n## Plan for [0-9a-f]{7}\n[^]*\| cloudflare \| no changes \|[^]*\| github \| \*\*failed\*\* without a report: \[the run\]\(http/,
)

test('steps that end at the same moment leave one comment', async () => {
  expect(await saidOn('at-once')).toEqual({ conclusion: 'success', bodies: [plan] })
}, 90_000)

test('the comment is edited when there is something new to tell', async () => {
  const edited = expect.stringContaining('| cloudflare | **failed**')
  expect(await saidOn('twice')).toEqual({ conclusion: 'success', bodies: [edited] })
}, 90_000)

test('a comment of somebody else is left alone, whatever it says', async () => {
  const copied = `${marker}\nNothing to see here.`
  expect(await saidOn('once', [copied])).toEqual({ conclusion: 'success', bodies: [copied, plan] })
}, 90_000)

test('a run that a newer commit has overtaken says nothing', async () => {
  expect(await saidOn('overtaken')).toEqual({ conclusion: 'success', bodies: [] })
}, 90_000)
