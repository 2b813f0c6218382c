import { z } from 'zod'
import { actionOf } from '../../../worker/features/deployments/plan-change.ts'
import { effectsOf } from '../../../worker/features/deployments/plan-digest.ts'
import type { PlanRecord } from '../../../worker/features/deployments/plan-record.ts'
import { Server } from '../../cli/api.ts'
import { accessOf, readSettings } from '../../cli/settings.ts'
import { Refusal } from '../../embedded/refusal.ts'
import { readRecorded, Record } from './report.ts'

/** The recorded run whose plan people have seen, and the digest that it had then. */
export type Review = { readonly deployment: string; readonly digest: string }

/** Reads `deploy-2026-11-21-001:<digest>`, if there is one. @throws Refusal when it is none, or not of one stack */
export function readReview(text: string | undefined, stacks: readonly unknown[]): Review | null {
  if (text === undefined) return null
  const [, deployment, digest] = /^([\w-]{1,100}):([0-9a-f]{64})$/.exec(text) ?? []
  if (!deployment || !digest)
    throw new Refusal('--reviewed takes a run and the digest of its plan: deploy-2026-11-21-001:<64 hex digits>.')
  if (stacks.length !== 1) throw new Refusal('--reviewed is of one stack: name it.')
  return { deployment, digest }
}

export function reviewAsText({ deployment, digest }: Review): string {
  return `${deployment}:${digest}`
}

/**
 * Refuses a plan that does something else than the one that was reviewed.
 * @param file what the recorder reported of the plan that was made now
 */
export async function refuseUnreviewed(
  stack: string,
  file: string,
  review: Review,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { plan } = readRecorded(file)
  if (plan?.digest === review.digest) return
  const server = new Server(accessOf(readSettings(env)))
  const seen = await readPlanOf(server, review.deployment).finally(() => server.close())
  const why = plan === null ? ['  The plan could not be read.'] : whatDiffers(seen, plan.record)
  throw new Refusal(
    [
      `${stack}: this is not the plan that was reviewed (${server.url}/api/deployments/${review.deployment}):`,
      ...why,
      'Nothing of it was applied. Start the workflow "apply" by hand: it plans anew, and shows the plan before it asks.',
    ].join('\n'),
  )
}

/** What two plans do differently, a line for each resource. */
export function whatDiffers(reviewed: PlanRecord, planned: PlanRecord): string[] {
  const [before, after] = [effectsOf(reviewed), effectsOf(planned)]
  const told = new Map([...actionsOf(reviewed), ...actionsOf(planned)])
  const lines = [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((address) => {
    if (before.get(address) === after.get(address)) return []
    const action = told.get(address) ?? 'change'
    if (!before.has(address)) return `  ${address}: ${action} was not in the review.`
    if (!after.has(address)) return `  ${address}: ${action} was reviewed, and is not planned any more.`
    return `  ${address}: ${action}, but not to the values that were reviewed.`
  })
  return lines.length > 0 ? lines : ['  The record of the reviewed plan was replaced since.']
}

function actionsOf({ resource_changes: changes }: PlanRecord): [string, string][] {
  return changes.map((each) => [each.address, actionOf(each).action])
}

const Detail = z.object({ operations: z.array(z.object({ n: z.int(), plan: z.unknown() })) })

/** The plan of a recorded run, as it is kept. */
export async function readPlanOf(server: Server, deployment: string): Promise<PlanRecord> {
  const { operations } = Detail.parse(await server.json(`/api/deployments/${deployment}`))
  const n = operations.findLast(({ plan }) => plan !== null)?.n ?? 1
  return Record.parse(await server.json(`/api/deployments/${deployment}/plan?operation=${n}`))
}
