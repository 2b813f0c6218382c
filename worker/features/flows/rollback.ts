import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'
import { deployedAs } from './deploy.ts'
import { look, scriptBefore } from './project-steps.ts'
import type { Flow, Step } from './step.ts'
import { switchStep } from './switch.ts'
import { hasVersion } from './versions.ts'

const Input = z.object({ version_id: z.string(), force: z.boolean() })
type Input = z.infer<typeof Input>

/** Sends all requests to an earlier version, with the bindings and the values of secrets that it was made with. */
export const rollback: Flow<Input> = {
  kind: 'rollback',
  operation: 'update',
  action: 'flow.rollback_project',
  input: Input,
  steps: (_, { version_id: id, force }) => [look, findStep(id), explained(switchStep(() => id, force))],
  result: async (context, { version_id: id }) => deployedAs(context, id),
}

function findStep(id: string): Step {
  return {
    name: 'find the version',
    async do(context) {
      const { cloudflare, project } = context
      if (!scriptBefore(context)) throw new Problem('not-found', `There is no project ${project}.`)
      if (await hasVersion(cloudflare, project, id)) return
      throw new Problem('not-found', `Cloudflare no longer has the version ${id} of ${project}.`)
    },
  }
}

const otherSecrets = 10_220

function explained(step: Step): Step {
  return {
    ...step,
    async do(context) {
      try {
        return await step.do(context)
      } catch (error) {
        if (!(error instanceof CloudflareError) || error.code !== otherSecrets) throw error
        const why = 'Secrets have other values since that version, and it would bring back those that it was made with.'
        throw new Problem('conflict', `${why} Send "force": true if that is meant. Cloudflare says: ${error.message}`)
      }
    },
  }
}
