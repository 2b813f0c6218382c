import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import { planDigest } from '../../../worker/features/deployments/plan-digest.ts'
import { Server } from '../../cli/api.ts'
import { accessOf, readSettings } from '../../cli/settings.ts'
import { Refusal } from '../../embedded/refusal.ts'
import { synthesise } from '../choice.ts'
import type { Stack } from '../synthesised.ts'
import { refuseMissing } from '../terraform.ts'
import { Repository } from './github.ts'
import { plansAsMarkdown } from './markdown.ts'
import { mergedBy, Pull } from './merged.ts'
import type { Merged } from './merged.ts'
import { reportPlan, stateNameOf } from './planned.ts'
import type { StackReport } from './report.ts'
import { readPlanOf, reviewAsText } from './verdict.ts'

const Page = z.object({ deployments: z.array(z.object({ id: z.string() })) })

/**
 * Decides what may be applied for a commit: for each stack the plan that people have seen on the pull request that the
 * commit merged. Where nobody has, since it was pushed directly, or the workflow was started by hand, it plans here, and
 * the summary of the run shows it to whoever approves the environment. A stack with nothing to do is left out.
 * @returns the stacks in their order, each with what `deploy:stacks --reviewed` takes
 */
export async function findReviewed(env: NodeJS.ProcessEnv): Promise<{ stack: string; reviewed: string }[]> {
  const stacks = synthesise(env)
  const repository = new Repository(env)
  const server = new Server(accessOf(readSettings(env)))
  const pull =
    env['GITHUB_EVENT_NAME'] === 'push'
      ? mergedBy(await repository.list(Pull, `/commits/${env['GITHUB_SHA']}/pulls`), env)
      : null
  const seen = await Promise.all(stacks.map(async (stack) => pull && seenOn(repository, server, pull, stack)))
  server.close()
  const unseen = stacks.filter((_, index) => !seen[index])
  refuseMissing(unseen, env)
  const reports: StackReport[] = []
  for (const [index, stack] of stacks.entries()) reports.push(seen[index] ?? (await reportPlan(stack, env)))
  const where = pull ? `Reviewed on #${pull.number}.` : 'Nobody has reviewed this on a pull request.'
  const here = pull && unseen.length > 0 ? ` Planned just now: ${unseen.map(({ name }) => name).join(', ')}.` : ''
  const summary = env['GITHUB_STEP_SUMMARY']
  if (summary) appendFileSync(summary, plansAsMarkdown(reports, `## To be applied\n${where}${here}`))
  const failed = reports.flatMap(({ outcome, reason }) => (outcome === 'failed' ? [reason ?? ''] : []))
  if (failed.length > 0) throw new Refusal(failed.join('\n'))
  return reports.filter(({ outcome }) => outcome === 'changes').map(reviewOf)
}

function reviewOf({ stack, plan, deployment }: StackReport): { stack: string; reviewed: string } {
  if (plan === null || deployment === null) throw new Refusal(`${stack}: its plan was not recorded.`)
  return { stack, reviewed: reviewAsText({ deployment: deployment.id, digest: plan.digest }) }
}

/**
 * The last plan of a stack that a run of this pull request has begun before it was merged. Not its comment is asked: whoever may write to
 * the repository may edit that. A record has the name of the identity that GitHub signed for the run.
 */
async function seenOn(repository: Repository, server: Server, pull: Merged, stack: Stack): Promise<StackReport | null> {
  const query = new URLSearchParams({
    state: stateNameOf(stack),
    operation: 'plan',
    status: 'success',
    credential: `github:${repository.name}@refs/pull/${pull.number}/merge`,
    from: new Date(pull.created_at).toISOString(),
    to: new Date(pull.merged_at).toISOString(),
    limit: '1',
  })
  const [deployment] = Page.parse(await server.json(`/api/deployments?${query}`)).deployments
  if (!deployment) return null
  const record = await readPlanOf(server, deployment.id)
  return {
    stack: stack.name,
    state: stateNameOf(stack),
    outcome: record.applyable === false ? 'unchanged' : 'changes',
    reason: null,
    deployment: { id: deployment.id, url: `${server.url}/api/deployments/${deployment.id}` },
    plan: { digest: planDigest(record), record },
  }
}
