import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openWorkshop, workflowFile } from '../../localcloud/github/testing/workshop.ts'
import { eventually } from '../../worker/testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'throughline-drift-'))
const file = join(folder, 'report.json')
const step = `"${process.execPath}" "${resolve('scripts/stacks/workflow.ts')}" drift "${file}"`
const { hub, place, dispatch, logOf } = openWorkshop(
  { '.github/workflows/drift.yml': workflowFile('workflow_dispatch', 'drift') },
  [{ workflow: 'drift.yml', command: `export GH_TOKEN="$GITHUB_TOKEN"; ${step}` }],
)
let runs = 0

afterAll(() => rmSync(folder, { recursive: true }))

/** What the nightly plans came to. @returns what the step said, and the issues that are open then */
async function night(outcomes: Record<string, 'changes' | 'unchanged' | 'failed'>, colour = 'red') {
  const change = { actions: ['update'], before: { colour: 'blue' }, after: { colour } }
  const plan = { digest: '', record: { resource_changes: [{ address: 'a_b.c', change }] } }
  const reports = Object.entries(outcomes).map(([stack, outcome]) => {
    const known = { stack, state: `throughline/${stack}`, reason: null, deployment: null }
    return { ...known, outcome, plan: outcome === 'changes' ? plan : null }
  })
  writeFileSync(file, JSON.stringify(reports))
  await dispatch('drift.yml')
  runs += 1
  const { octokit } = hub()
  const latest = async () => (await octokit.rest.actions.listWorkflowRunsForRepo(place)).data.workflow_runs
  const all = await eventually(latest, (each) => each.length === runs && each[0]?.status === 'completed', 60_000)
  const { data } = await octokit.rest.issues.listForRepo({ ...place, state: 'open' })
  const open = data.map(({ number, title, body }) => ({ number, title, body: body ?? '' }))
  return { conclusion: all[0]?.conclusion, said: await logOf(all[0]?.id ?? 0), open }
}

test('each stack that drifts has one issue, which tells what differs and is closed when that is over', async () => {
  const first = await night({ cloudflare: 'changes', github: 'changes', azure: 'unchanged' })
  expect(first.conclusion).toBe('success')
  expect(first.open.map(({ title }) => title).toSorted()).toEqual(['Drift in cloudflare', 'Drift in github'])
  expect(first.open[0]?.body).toContain('"blue" → "red"')

  const second = await night({ cloudflare: 'changes', github: 'unchanged', azure: 'unchanged' }, 'green')
  expect(second.open.map(({ title }) => title)).toEqual(['Drift in cloudflare'])
  expect(second.open[0]?.number).toBe(first.open.find(({ title }) => title.endsWith('cloudflare'))?.number)
  expect(second.open[0]?.body).toContain('"blue" → "green"')

  const third = await night({ cloudflare: 'failed' })
  expect(third.said).toContain('cloudflare: it could not be planned.')
  expect(third.open).toEqual(second.open)

  expect((await night({ cloudflare: 'unchanged' })).open).toEqual([])
}, 120_000)

test('an issue of somebody else is left alone, whatever it says', async () => {
  const { octokit } = hub()
  const body = '<!-- throughline: drift of throughline/auth0 -->'
  const { data: copied } = await octokit.rest.issues.create({ ...place, title: 'Copied', body })
  expect((await night({ auth0: 'unchanged' })).open).toMatchObject([{ number: copied.number, body }])
  await octokit.rest.issues.update({ ...place, issue_number: copied.number, state: 'closed' })
}, 60_000)
