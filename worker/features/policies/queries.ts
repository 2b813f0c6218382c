import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { fromJson } from '../../platform/columns.ts'
import { closePage } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { every, join, sql, time } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import type { Grant } from '../gateway/grant.ts'
import { Policy } from './schema.ts'
import type { PolicyContent } from './schema.ts'

const texts = fromJson(z.array(z.string()))
const PolicyRow = Policy.extend({ permissions: texts, resources: texts })
const GrantRow = z.object({ name: z.string(), permissions: texts, resources: texts, expires_at: z.int().nullable() })

const columns = sql`name, permissions, resources, ${time('created_at')}, created_by, ${time('updated_at')}, ${time('expires_at')}`

export async function listPolicies(db: D1Database, page: Page) {
  const after = page.after?.[0]
  const condition = every([after === undefined ? null : sql`name > ${after}`])
  const rows =
    await sql`select ${columns} from sdk_policies where ${condition} order by name limit ${page.limit + 1}`.all(
      db,
      PolicyRow,
    )
  const { rows: policies, next } = closePage(page, rows, ({ name }) => [name])
  return { policies, next }
}

export async function findPolicy(db: D1Database, name: string): Promise<Policy | null> {
  return sql`select ${columns} from sdk_policies where name = ${name}`.first(db, PolicyRow)
}

/** What the policies of these names allow; those that do not exist allow nothing. */
export async function grantsOf(db: D1Database, names: readonly string[]): Promise<Grant[]> {
  if (names.length === 0) return []
  const wanted = join(
    names.slice(0, 90).map((name) => sql`${name}`),
    ', ',
  )
  const rows =
    await sql`select name, permissions, resources, expires_at from sdk_policies where name in (${wanted})`.all(
      db,
      GrantRow,
    )
  return rows.map(({ expires_at: expiresAt, ...row }) => ({ ...row, expiresAt }))
}

type Written = PolicyContent & { readonly name: string }

/** Adds a policy; nothing is changed when there is one of the name. */
export function insertPolicy(policy: Written, by: string, at: Moment): Statement {
  const { name, permissions, resources, expires_at: expires } = policy
  return sql`insert into sdk_policies (name, permissions, resources, created_at, created_by, updated_at, expires_at)
    values (${name}, ${JSON.stringify(permissions)}, ${JSON.stringify(resources)}, ${at}, ${by}, ${at}, ${momentOf(expires)})
    on conflict do nothing`
}

export function replacePolicy(policy: Written, at: Moment): Statement {
  const { name, permissions, resources, expires_at: expires } = policy
  return sql`update sdk_policies set permissions = ${JSON.stringify(permissions)}, resources = ${JSON.stringify(resources)},
    updated_at = ${at}, expires_at = ${momentOf(expires)} where name = ${name}`
}

export function deletePolicy(name: string): Statement {
  return sql`delete from sdk_policies where name = ${name}`
}

function momentOf(expires: string | null): Moment | null {
  return expires === null ? null : Date.parse(expires)
}
