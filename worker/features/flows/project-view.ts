import { Problem } from '../../platform/problem.ts'
import { Cloudflare, CloudflareError } from '../gateway/cloudflare.ts'
import { orMissing } from './products.ts'
import { resourcesOf } from './project-queries.ts'
import type { ProjectDetails } from './project-schema.ts'
import { showProject } from './project-steps.ts'
import { versionsOf } from './version-queries.ts'
import { sharesOf } from './versions.ts'

/**
 * A project as it is now.
 * @throws Problem (not-found), or what Cloudflare fails of
 */
export async function findProject(env: Env, project: string): Promise<ProjectDetails> {
  const db = env.DEPLOYMENT_DB
  if ((await resourcesOf(db, project)).length === 0) throw new Problem('not-found', `There is no project ${project}.`)
  const cloudflare = new Cloudflare(env)
  const looking = Promise.all([
    showProject({ db, cloudflare, project }),
    versionsOf(db, project),
    orMissing(async () => sharesOf(cloudflare, project)),
  ])
  const [shown, versions, shares] = await looking.catch((error: unknown) => {
    throw error instanceof CloudflareError ? error.toProblem() : error
  })
  return { ...shown, versions, live_version_id: shares?.[0]?.[0]?.version_id ?? null }
}
