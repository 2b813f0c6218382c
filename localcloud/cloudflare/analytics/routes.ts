import { GraphQLError, Kind, parse } from 'graphql'
import type { DocumentNode, SelectionSetNode } from 'graphql'
import { z } from 'zod'
import type { Api, Cloud, Product } from '../cloud.ts'
import { bucketCalled } from '../r2/queries.ts'
import { usageOf } from '../r2/usage.ts'

/** The GraphQL API of numbers. Of all its data sets only the storage of R2 is more than empty here. */
export const analyticsProduct: Product = { tables: { product: 'analytics', history: [] }, routes }

const Body = z.object({
  query: z.string(),
  variables: z
    .looseObject({
      accountTag: z.string().optional(),
      filter: z.looseObject({ bucketName: z.string().optional() }).optional(),
    })
    .nullish(),
})
type Variables = NonNullable<z.infer<typeof Body>['variables']>

function routes(api: Api, cloud: Cloud): void {
  api.post('/graphql', async (c) => {
    const body = Body.safeParse(await c.req.json().catch(() => null))
    if (!body.success) return refused('the request must have a query', 400)
    const { query, variables } = body.data
    const document = parsed(query)
    if (document instanceof GraphQLError) return refused(document.message, 400)
    const sets = dataSetsIn(document)
    if (sets === null) return refused('unknown field: only viewer { accounts } and viewer { zones } are known here')
    const rows = await Promise.all(sets.map(async (set) => [set, await rowsOf(cloud, set, variables ?? {})] as const))
    const isMine = variables?.accountTag === undefined || variables.accountTag === cloud.account().id
    return Response.json({
      data: { viewer: { accounts: isMine ? [Object.fromEntries(rows)] : [], zones: [] } },
      errors: null,
    })
  })
}

function refused(message: string, status = 200): Response {
  return Response.json(
    { data: null, errors: [{ message, path: null, extensions: { timestamp: new Date().toISOString() } }] },
    { status },
  )
}

function parsed(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query)
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

/** The names below `viewer { accounts { … } }`. */
function dataSetsIn({ definitions }: DocumentNode): string[] | null {
  const [first] = definitions
  if (first?.kind !== Kind.OPERATION_DEFINITION) return null
  const viewer = inside(first.selectionSet, 'viewer')
  if (!viewer) return null
  const scope = inside(viewer, 'accounts') ?? inside(viewer, 'zones')
  return scope ? scope.selections.flatMap((field) => (field.kind === Kind.FIELD ? [field.name.value] : [])) : null
}

function inside(set: SelectionSetNode, name: string): SelectionSetNode | null {
  const found = set.selections.find((field) => field.kind === Kind.FIELD && field.name.value === name)
  return (found?.kind === Kind.FIELD && found.selectionSet) || null
}

async function rowsOf(cloud: Cloud, set: string, { filter }: Variables): Promise<object[]> {
  const name = filter?.bucketName?.replace(/^(eu|fedramp)_/, '')
  if (set !== 'r2StorageAdaptiveGroups' || !name || !bucketCalled(cloud.store, name)) return []
  return [{ max: await usageOf(cloud, name), dimensions: { datetime: new Date(cloud.now()).toISOString() } }]
}
