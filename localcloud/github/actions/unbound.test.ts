import { setTimeout as pause } from 'node:timers/promises'
import { startHub } from '../testing/hub.ts'
import { eventually, workflowFile } from '../testing/workshop.ts'

const { hub } = startHub()

test('without a file of bindings nothing is ever run', async () => {
  const { actions, repos } = hub().octokit.rest
  const place = { owner: 'owner', repo: 'infra' }
  await repos.createForAuthenticatedUser({ name: 'infra', auto_init: true })
  const content = Buffer.from(workflowFile('workflow_dispatch', 'Deploy')).toString('base64')
  const path = '.github/workflows/deploy.yml'
  await repos.createOrUpdateFileContents({ ...place, path, message: 'Deploy', content })
  await actions.createWorkflowDispatch({ ...place, workflow_id: 'deploy.yml', ref: 'main' })
  const listed = async () => (await actions.listWorkflowRunsForRepo(place)).data
  await eventually(async () => ((await listed()).total_count > 0 ? true : null))
  await pause(500)
  const runs = await listed()
  expect(runs.workflow_runs).toMatchObject([{ status: 'queued', conclusion: null }])
  const { data: jobs } = await actions.listJobsForWorkflowRun({ ...place, run_id: runs.workflow_runs[0]?.id ?? 0 })
  expect(jobs.jobs).toMatchObject([{ status: 'queued', runner_name: null, steps: [] }])
})
