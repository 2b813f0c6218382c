import { eventually, openWorkshop, workflowFile } from '../testing/workshop.ts'

const inputs = '{workflow_dispatch: {inputs: {stage: {required: true}, size: {type: choice, options: [s, m]}}}}'
const release =
  '{push: {branches: [main], paths: ["infra/**"]}, repository_dispatch: {types: [go]}, issues: {types: [opened]}}'

const { hub, place, dispatch, commit, restart } = openWorkshop(
  {
    '.github/workflows/deploy.yml': workflowFile(inputs, 'Deploy'),
    '.github/workflows/release.yml': workflowFile(release, 'Release'),
    '.github/workflows/broken.yml': 'on: [push\njobs: {',
    '.github/workflows/notes.txt': 'not a workflow',
  },
  [],
)

async function refusal(call: () => Promise<unknown>) {
  return call().then(
    () => null,
    (error: { status: number; message: string }) => [error.status, error.message],
  )
}

async function waiting() {
  const { data } = await hub().octokit.rest.actions.listWorkflowRuns({ ...place, workflow_id: 'release.yml' })
  return data.workflow_runs.map(({ event, display_title, status }) => [event, display_title, status])
}

test('the workflows of the default branch are known by number and by name', async () => {
  const { data } = await hub().octokit.rest.actions.listRepoWorkflows(place)
  expect(data.total_count).toBe(3)
  const deploy = data.workflows.find(({ name }) => name === 'Deploy')
  expect(deploy).toMatchObject({ path: '.github/workflows/deploy.yml', state: 'active' })
  const same = await hub().octokit.rest.actions.getWorkflow({ ...place, workflow_id: deploy?.id ?? 0 })
  expect(same.data).toEqual(deploy)
})

test('what a dispatch gets wrong is said as GitHub says it', async () => {
  expect(await refusal(() => dispatch('none.yml'))).toEqual([404, expect.stringContaining('Not Found')])
  const cases: [() => Promise<unknown>, string][] = [
    [() => dispatch('deploy.yml', { stage: 'x' }, 'none'), 'No ref found for: none'],
    [() => dispatch('deploy.yml'), "Required input 'stage' not provided"],
    [
      () => dispatch('deploy.yml', { stage: 'x', size: 'l' }),
      "Provided value 'l' for input 'size' not in the list of allowed values",
    ],
    [() => dispatch('deploy.yml', { stage: 'x', other: 'y' }), 'Unexpected inputs provided: ["other"]'],
    [() => dispatch('release.yml'), "Workflow does not have 'workflow_dispatch' trigger"],
  ]
  for (const [call, message] of cases) expect(await refusal(call)).toEqual([422, expect.stringContaining(message)])
  await hub().octokit.rest.actions.disableWorkflow({ ...place, workflow_id: 'deploy.yml' })
  const disabled = await refusal(() => dispatch('deploy.yml', { stage: 'x' }))
  expect(disabled).toEqual([422, expect.stringContaining('disabled')])
})

test('events start what asks for them; without a binding a run waits, also over a restart', async () => {
  await commit({ 'README.md': 'nothing to release' }, 'Explain')
  await commit({ 'infra/queue.tf': 'queue' }, 'Add a queue')
  await commit({ 'infra/queue.tf': 'queue 2' }, 'Change it [skip ci]')
  await hub().octokit.rest.repos.createDispatchEvent({ ...place, event_type: 'go', client_payload: { a: 1 } })
  await hub().octokit.rest.repos.createDispatchEvent({ ...place, event_type: 'other' })
  await hub().octokit.rest.issues.create({ ...place, title: 'Deploy this' })
  await eventually(async () => ((await waiting()).length === 3 ? true : null))
  const expected = [
    ['issues', 'Release', 'queued'],
    ['repository_dispatch', 'Release', 'queued'],
    ['push', 'Add a queue', 'queued'],
  ]
  expect(await waiting()).toEqual(expected)
  await restart()
  expect(await waiting()).toEqual(expected)
})

test('a workflow whose file is gone is gone from the list, and comes back with it', async () => {
  const { octokit } = hub()
  const path = '.github/workflows/release.yml'
  const { data } = await octokit.rest.repos.getContent({ ...place, path })
  const sha = 'sha' in data ? data.sha : ''
  await octokit.rest.repos.deleteFile({ ...place, path, sha, message: 'Remove it' })
  const names = async () => (await octokit.rest.actions.listRepoWorkflows(place)).data.workflows.map(({ name }) => name)
  expect(await names()).not.toContain('Release')
  await commit({ [path]: workflowFile('push', 'Release again') }, 'Bring it back')
  expect(await names()).toContain('Release again')
})
