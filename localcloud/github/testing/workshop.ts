import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHub } from './hub.ts'
import type { Hub } from './hub.ts'

type Binding = { readonly workflow: string; readonly command: string | readonly string[] } & Record<string, unknown>

const place = { owner: 'owner', repo: 'infra' }

/** A workflow file with one job. */
export function workflowFile(on: string, name: string): string {
  return `name: ${name}\non: ${on}\njobs:\n  apply:\n    runs-on: self-hosted\n    steps:\n      - run: ./deploy\n`
}

/** A GitHub with a repository `owner/infra` that holds these files, whose workflows are bound to commands. */
export function openWorkshop(files: Readonly<Record<string, string>>, bindings: readonly Binding[]) {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-runner-'))
  const runner = join(folder, 'runner.json')
  const bound = bindings.map((binding) => ({ repository: 'owner/infra', ...binding }))
  writeFileSync(runner, JSON.stringify({ bindings: bound }))
  const { hub, restart } = startHub({ runner })

  /** Commits all these files at once. */
  const commit = async (given: Readonly<Record<string, string>>, message: string) => {
    const { git, repos } = hub().octokit.rest
    const { data: branch } = await repos.getBranch({ ...place, branch: 'main' })
    const tree = Object.entries(given).map(([path, content]) => ({ path, content, mode: '100644' as const }))
    const { data: written } = await git.createTree({ ...place, tree, base_tree: branch.commit.sha })
    const parents = [branch.commit.sha]
    const { data: made } = await git.createCommit({ ...place, message, tree: written.sha, parents })
    await git.updateRef({ ...place, ref: 'heads/main', sha: made.sha })
  }

  beforeAll(async () => {
    await hub().octokit.rest.repos.createForAuthenticatedUser({ name: 'infra', auto_init: true })
    await commit(files, 'Begin')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  return { hub, restart, place, commit, ...callsOf(hub) }
}

/** What a test does with workflows. */
function callsOf(hub: () => Hub) {
  return {
    dispatch: async (workflow_id: string, inputs: Record<string, string> = {}, ref = 'main') => {
      await hub().octokit.rest.actions.createWorkflowDispatch({ ...place, workflow_id, ref, inputs })
    },
    /** The newest run of a workflow, once it is that far. */
    runOf: (workflow_id: string, wanted = 'completed') =>
      eventually(async () => {
        const { data } = await hub().octokit.rest.actions.listWorkflowRuns({ ...place, workflow_id })
        const [run] = data.workflow_runs
        return run?.status === wanted ? run : null
      }),
    logOf: async (run_id: number) => {
      const { data: jobs } = await hub().octokit.rest.actions.listJobsForWorkflowRun({ ...place, run_id })
      const job_id = jobs.jobs[0]?.id ?? 0
      const { data } = await hub().octokit.rest.actions.downloadJobLogsForWorkflowRun({ ...place, job_id })
      return String(data)
    },
  }
}

/** Asks again until there is an answer. */
export async function eventually<Answer>(ask: () => Promise<Answer | null>): Promise<Answer> {
  for (let tries = 0; tries < 400; tries += 1) {
    const answer = await ask()
    if (answer !== null) return answer
    await new Promise((done) => setTimeout(done, 25))
  }
  throw new Error('It never came to be.')
}
