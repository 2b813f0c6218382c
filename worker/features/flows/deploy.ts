import { z } from '@hono/zod-openapi'
import { idOf } from '../../platform/ids.ts'
import { Problem } from '../../platform/problem.ts'
import { transact } from '../../platform/sql.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'
import { Bindings } from './bindings.ts'
import { ContentNote, dropContent, readContent } from './content-store.ts'
import { orMissing } from './products.ts'
import type { Deployed } from './project-schema.ts'
import { projectSteps } from './project-steps.ts'
import { lookAtScript } from './script.ts'
import type { Flow, Step, StepContext } from './step.ts'
import { switchStep } from './switch.ts'
import { findVersion, forgetVersion, noteVersion } from './version-queries.ts'
import { removeVersion, taggedVersion, uploadVersion } from './versions.ts'

const Input = z.object({ bindings: Bindings, content: ContentNote })
type Input = z.infer<typeof Input>

/**
 * Deploys content: the project as creating it leaves it, then a version that takes no requests, then all requests to it.
 * Until that last moment the version before answers, and again when something fails after it.
 */
export const deployContent: Flow<Input> = {
  kind: 'deploy-content',
  operation: 'update',
  action: 'flow.deploy_content',
  input: Input,
  steps: (project, { bindings, content }) => [
    keepStep(content),
    ...projectSteps(project, bindings),
    uploadStep(content),
    switchStep(({ output }) => output(uploadName, Uploaded).version_id),
    noteStep(content),
  ],
  result: async (context) => deployedAs(context, context.output(uploadName, Uploaded).version_id),
}

/** What is told of a version that answers. Those that wrangler deployed have no number. */
export async function deployedAs({ db, cloudflare, project }: StepContext, id: string): Promise<Deployed> {
  const [script, version] = await Promise.all([lookAtScript(cloudflare, project), findVersion(db, project, id)])
  return { url: script?.isPublic ? script.url : null, project, version: version?.number ?? null, version_id: id }
}

/** What the run was given is taken away with it. */
function keepStep(content: ContentNote): Step {
  return {
    name: 'keep the content',
    async do({ env }) {
      await readContent(env.RECORDS, content)
    },
    undo: async ({ env, project, at }) => dropContent(env.RECORDS, project, content.key, at),
  }
}

const uploadName = 'upload the content'
const Uploaded = z.object({ version_id: z.string() })

/** A mark by which a version is found again: no other run has this number and this content. */
function markOf({ run }: StepContext, { sha256 }: ContentNote): string {
  return `${idOf('flow', run)} ${sha256.slice(0, 16)}`
}

function uploadStep(content: ContentNote): Step {
  return {
    name: uploadName,
    async do(context) {
      const { env, cloudflare, project } = context
      const mark = markOf(context, content)
      const made = await taggedVersion(cloudflare, project, mark)
      const code = await readContent(env.RECORDS, content)
      return { version_id: made ?? (await uploadVersion(cloudflare, project, code, mark).catch(told)) }
    },
    async undo(context) {
      const { cloudflare, project } = context
      // Cloudflare wants the newest version to be the live one before it changes a secret.
      const made = await orMissing(async () => taggedVersion(cloudflare, project, markOf(context, content)))
      if (made) await orMissing(async () => removeVersion(cloudflare, project, made))
    },
  }
}

/** What only Cloudflare finds out about content, such as what it throws at its start, is the caller's to put right. */
function told(error: unknown): never {
  if (!(error instanceof CloudflareError) || (error.status !== 400 && error.status !== 413)) throw error
  throw new Problem('invalid-request', `Cloudflare refuses the content: ${error.message} (${error.code})`, {
    extensions: { cloudflare: { status: error.status, code: error.code } },
  })
}

function noteStep(content: ContentNote): Step {
  const { main, files, bytes, sha256 } = content
  return {
    name: 'note the version',
    async do({ env, db, project, run, at, output }) {
      const { version_id } = output(uploadName, Uploaded)
      await transact(db, [noteVersion(project, { version_id, main, files, bytes, sha256 }, run, at)])
      await dropContent(env.RECORDS, project, content.key, at)
    },
    undo: async ({ db, output }) => void (await transact(db, [forgetVersion(output(uploadName, Uploaded).version_id)])),
  }
}
