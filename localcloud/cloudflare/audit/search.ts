import { z } from 'zod'
import { ApiError } from '../envelope.ts'
import { categories } from './categories.ts'

/** A condition on one column. Columns are never taken from the call. */
export type Filter = {
  readonly column: string
  readonly values: readonly (string | number)[]
  readonly isNot: boolean
}
export type Search = {
  readonly since: number
  readonly before: number
  readonly direction: 'asc' | 'desc'
  readonly limit: number
  /** The number of the last entry of the page before. */
  readonly after: number | null
  readonly filters: readonly Filter[]
}

const columns: Readonly<Record<string, string>> = {
  account_name: 'account_name',
  action_result: 'result',
  action_type: 'action',
  actor_context: 'context',
  actor_email: 'actor_email',
  actor_id: 'actor_id',
  actor_ip_address: 'ip',
  actor_token_id: 'token_id',
  actor_token_name: 'token_name',
  actor_type: 'actor_type',
  audit_log_id: 'id',
  id: 'id',
  raw_cf_ray_id: 'ray',
  raw_method: 'method',
  raw_status_code: 'status',
  raw_uri: 'uri',
  resource_id: 'resource',
  resource_product: 'product',
  resource_type: 'type',
  resource_scope: 'scope',
  zone_id: 'zone',
  zone_name: 'zone_name',
  product_category: 'product',
}

const Moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/)
  .transform((text) => Date.parse(text))
  .refine(Number.isFinite)
const Query = z.object({
  since: Moment,
  before: Moment,
  direction: z.enum(['asc', 'desc']).default('desc'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .transform((text) => Number(Buffer.from(text, 'base64url').toString('utf8')))
    .refine(Number.isInteger)
    .optional(),
})

/** Reads a search from the query of a call. */
export function searchIn(query: URLSearchParams): Search {
  const read = Query.safeParse(Object.fromEntries(query))
  if (!read.success) {
    const [issue] = read.error.issues
    throw new ApiError(400, { code: 1001, message: `Invalid parameter '${issue?.path.join('.')}': ${issue?.message}` })
  }
  const { cursor, ...rest } = read.data
  return { ...rest, after: cursor ?? null, filters: filtersIn(query) }
}

export function cursorOf(number: number): string {
  return Buffer.from(String(number)).toString('base64url')
}

function filtersIn(query: URLSearchParams): Filter[] {
  return [...new Set(query.keys())].flatMap((key) => {
    const [, name = '', not] = /^(\w+?)(\.not)?(?:\[\])?$/.exec(key) ?? []
    const column = columns[name]
    if (column === undefined) return []
    return [{ column, values: valuesOf(name, query.getAll(key)), isNot: not !== undefined }]
  })
}

function valuesOf(name: string, given: readonly string[]): (string | number)[] {
  if (name === 'raw_status_code') return given.map(Number)
  if (name !== 'product_category') return [...given]
  return categories
    .filter(({ value }) => given.includes(value))
    .flatMap(({ products }) => products.map((one) => one.value))
}
