import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { ProjectResource } from './schema.ts'
import type { ResourceKind } from './schema.ts'

const OwnedRow = ProjectResource.extend({ project: z.string(), run: z.int() })
export type OwnedResource = z.infer<typeof OwnedRow>

const columns = sql`kind, binding, name, cloud_id as id, origin, project, run_id as run`

/** What a project is made of, the script first. */
export async function resourcesOf(db: D1Database, project: string): Promise<OwnedResource[]> {
  return sql`select ${columns} from project_resources where project = ${project}
    order by kind <> 'script', kind, name limit 1000`.all(db, OwnedRow)
}

/** What a run has made and what is still there, as `d1:shop-db`. */
export async function resourcesMadeBy(db: D1Database, run: number): Promise<string[]> {
  const rows = await sql`select kind || ':' || name as name from project_resources
    where run_id = ${run} and origin = 'created' order by kind, name limit 100`.all(db, z.object({ name: z.string() }))
  return rows.map(({ name }) => name)
}

/** Whose a resource is, as far as it is known here. */
export async function ownerOf(db: D1Database, kind: ResourceKind, name: string): Promise<OwnedResource | null> {
  return sql`select ${columns} from project_resources where kind = ${kind} and name = ${name}`.first(db, OwnedRow)
}

type Intent = Pick<OwnedResource, 'kind' | 'name' | 'project' | 'binding' | 'origin' | 'run'>

/** Notes a resource before it is made, or as it is adopted. @returns whether it is new here */
export async function noteResource(db: D1Database, intent: Intent, id: string | null, at: Moment): Promise<boolean> {
  const { kind, name, project, binding, origin, run } = intent
  const changed =
    await sql`insert into project_resources (kind, name, project, binding, cloud_id, origin, run_id, created_at)
    values (${kind}, ${name}, ${project}, ${binding}, ${id}, ${origin}, ${run}, ${at}) on conflict do nothing`.run(db)
  return changed === 1
}

/** Notes that a run makes a resource of the project anew. */
export async function renoteResource(db: D1Database, { kind, name, origin, run }: Intent): Promise<void> {
  await sql`update project_resources set cloud_id = null, origin = ${origin}, run_id = ${run}
    where kind = ${kind} and name = ${name}`.run(db)
}

/** Notes how Cloudflare calls a resource, now that it is there. */
export function confirmResource(kind: ResourceKind, name: string, id: string): Statement {
  return sql`update project_resources set cloud_id = ${id} where kind = ${kind} and name = ${name}`
}

/** Forgets a resource that is gone. */
export function forgetResource(kind: ResourceKind, name: string): Statement {
  return sql`delete from project_resources where kind = ${kind} and name = ${name}`
}
