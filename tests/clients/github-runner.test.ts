import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { GithubProcess } from './github-process.ts'
import { eventually } from './receiver.ts'

const github = new GithubProcess()
const place = { owner: 'owner', repo: 'infra' }
const marks = join(github.folder, 'marks')

async function commit(path: string, text: string, message: string) {
  const content = Buffer.from(text).toString('base64')
  await github.octokit.rest.repos.createOrUpdateFileContents({ ...place, path, content, message })
}

async function runs() {
  const { data } = await github.octokit.rest.actions.listWorkflowRunsForRepo(place)
  return data.workflow_runs
}

beforeAll(async () => {
  const file = join(github.folder, 'runner.json')
  const command = `echo "$GITHUB_SHA" >> ${marks}; sleep 1; echo survived`
  writeFileSync(file, JSON.stringify({ bindings: [{ repository: 'owner/infra', workflow: 'deploy.yml', command }] }))
  writeFileSync(marks, '')
  github.env = { GITHUB_RUNNER: file }
  await github.start()
  await github.octokit.rest.repos.createForAuthenticatedUser({ name: 'infra', auto_init: true })
  await commit(
    '.github/workflows/deploy.yml',
    'name: Deploy\non: {push: {paths: ["infra/**"]}}\njobs: {apply: {}}\n',
    'Begin',
  )
})
afterAll(async () => {
  await github.end('SIGKILL')
  github.remove()
})

test('a command goes on when the server is killed, and its run ends as the command does', async () => {
  await commit('infra/a.tf', 'a', 'Deploy a')
  await eventually(async () => ((await runs())[0]?.status === 'in_progress' ? true : null))
  await eventually(() => (github.rows('select process from workflow_jobs where process is not null')[0] ? true : null))
  await github.end('SIGKILL')
  await pause(200)
  await github.start()
  const run = await eventually(async () => (await runs()).find(({ status }) => status === 'completed') ?? null)
  expect(run).toMatchObject({ display_title: 'Deploy a', conclusion: 'success' })
  const { data: jobs } = await github.octokit.rest.actions.listJobsForWorkflowRun({ ...place, run_id: run.id })
  const job_id = jobs.jobs[0]?.id ?? 0
  const { data: log } = await github.octokit.rest.actions.downloadJobLogsForWorkflowRun({ ...place, job_id })
  expect(String(log)).toContain('survived')
  expect(readFileSync(marks, 'utf8')).toBe(`${run.head_sha}\n`)
})

test('a push that is answered starts its workflow once, whenever the server is killed', async () => {
  const messages: string[] = []
  for (const after of [0, 5, 20, 60]) {
    const message = `Deploy after ${after}`
    await commit(`infra/${after}.tf`, message, message)
    messages.push(message)
    await pause(after)
    await github.end('SIGKILL')
    await github.start()
  }
  const all = await eventually(async () => {
    const found = await runs()
    return found.every(({ status }) => status === 'completed') && found.length >= 5 ? found : null
  }, 25_000)
  expect(all.map(({ display_title }) => display_title).toSorted()).toEqual(['Deploy a', ...messages].toSorted())
  const shas = readFileSync(marks, 'utf8').trim().split('\n')
  // A command that was killed with its server before it began is not begun again: its run has failed.
  expect(new Set(shas).size).toBe(shas.length)
})

test('a file of bindings that is wrong keeps the server from starting, with a sentence', async () => {
  await github.end('SIGTERM')
  writeFileSync(github.env['GITHUB_RUNNER'] ?? '', '{"bindings": [{"repository": "infra"}]}')
  await expect(github.start()).rejects.toThrow('GitHub did not start')
})
