import { z } from '@hono/zod-openapi'
import { idOf } from '../../platform/ids.ts'
import { transact } from '../../platform/sql.ts'
import { linkFlowResource, unlinkFlowResource } from '../deployments/flow-run.ts'
import { orMissing } from './products.ts'
import { scriptBefore } from './project-steps.ts'
import type { Step, StepContext } from './step.ts'
import { isAlone, sendTo, Shares, sharesOf } from './versions.ts'

const Switched = z.object({ before: Shares })

/** Sends all requests to a version, and back to those before when the run is undone. */
export function switchStep(versionOf: (context: StepContext) => string, isForced = false): Step {
  return {
    name: 'send requests to it',
    async do(context) {
      const { cloudflare, project, run } = context
      const version = versionOf(context)
      const [present = [], previous = []] = await sharesOf(cloudflare, project)
      await noteUpdate(context, version)
      if (isAlone(present, version)) return { before: previous }
      const message = `Deployed by ${idOf('flow', run)}`
      await sendTo(cloudflare, project, [{ version_id: version, percentage: 100 }], { message, isForced })
      return { before: present }
    },
    async undo(context, output) {
      const { db, deployment, cloudflare, project, run } = context
      if (deployment !== null && scriptBefore(context))
        await transact(db, [unlinkFlowResource(deployment, `script:${project}`)])
      const [present, previous] = (await orMissing(async () => sharesOf(cloudflare, project))) ?? []
      const before = Switched.safeParse(output).data?.before ?? previous ?? []
      if (!isAlone(present, versionOf(context)) || before.length === 0) return
      await sendTo(cloudflare, project, before, { message: `Undone by ${idOf('flow', run)}`, isForced: true })
    },
  }
}

/** Links the run to the script that it changes; one that it has made is linked as that. */
async function noteUpdate(context: StepContext, version: string): Promise<void> {
  const { db, deployment, project, at } = context
  if (deployment === null || !scriptBefore(context)) return
  await transact(db, [linkFlowResource(deployment, 'updated', `script:${project}`, version, at)])
}
