import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { idOf } from '../../platform/ids.ts'
import { sql, time } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { ProjectVersion } from './project-schema.ts'

const Row = ProjectVersion.extend({ run: z.int().transform((row) => idOf('flow', row)) })

const columns = sql`number, version_id, main, files, bytes, sha256, run_id as run, ${time('created_at')}`

/** What was deployed of a project, newest first. */
export async function versionsOf(db: D1Database, project: string): Promise<ProjectVersion[]> {
  return sql`select ${columns} from project_versions where project = ${project} order by number desc limit 100`.all(
    db,
    Row,
  )
}

/** A project's version by its number here or by Cloudflare's identifier. */
export async function findVersion(
  db: D1Database,
  project: string,
  by: number | string,
): Promise<ProjectVersion | null> {
  const condition = typeof by === 'number' ? sql`number = ${by}` : sql`version_id = ${by}`
  return sql`select ${columns} from project_versions where project = ${project} and ${condition}`.first(db, Row)
}

type NewVersion = Pick<ProjectVersion, 'version_id' | 'main' | 'files' | 'bytes' | 'sha256'>

/** Notes a version with the project's next number; the same one again is nothing. */
export function noteVersion(project: string, version: NewVersion, run: number, at: Moment): Statement {
  const { version_id: id, main, files, bytes, sha256 } = version
  return sql`insert into project_versions (project, number, version_id, main, files, bytes, sha256, run_id, created_at)
    select ${project}, coalesce(max(number), 0) + 1, ${id}, ${main}, ${files}, ${bytes}, ${sha256}, ${run}, ${at}
    from project_versions where project = ${project} on conflict (version_id) do nothing`
}

export function forgetVersion(id: string): Statement {
  return sql`delete from project_versions where version_id = ${id}`
}

/** Forgets the versions of a project that is gone: Cloudflare has them no longer. */
export function forgetVersions(project: string): Statement {
  return sql`delete from project_versions where project = ${project}`
}
