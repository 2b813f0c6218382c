import { readFileSync } from 'node:fs'
import {
  GraphQLError,
  Kind,
  buildSchema,
  defaultFieldResolver,
  execute,
  getNamedType,
  getOperationAST,
  isListType,
  isNonNullType,
  isScalarType,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import type { DocumentNode, FieldNode, GraphQLOutputType, GraphQLResolveInfo, SelectionSetNode } from 'graphql'
import type { Json } from '../accounts/present.ts'
import { explain, refuseDocument, refuseSyntax } from './errors.ts'
import { Failure } from './failure.ts'
import type { Graph } from './graph.ts'
import { List, checkBounds, connectionOf } from './lists.ts'

export type Asked = {
  readonly query: string
  readonly variables: Record<string, unknown>
  readonly operationName: string | undefined
}

const schema = buildSchema(
  readFileSync(new URL('./schema.graphql', import.meta.resolve('@octokit/graphql-schema')), 'utf8'),
  { assumeValid: true, assumeValidSDL: true },
)
// GitHub lets two fields share a name when their types cannot meet; its own command line counts on that.
const rules = specifiedRules.filter(({ name }) => name !== 'OverlappingFieldsCanBeMergedRule')
const mostTokens = 50_000

/** Answers a query. What is wrong with it is part of the answer. */
export async function answer(asked: Asked, roots: Json, graph: Graph): Promise<Json> {
  const document = readDocument(asked.query)
  if ('errors' in document) return document
  const mistakes = validate(schema, document, rules, { maxErrors: 100 })
  if (mistakes.length > 0) return { errors: mistakes.map((mistake) => refuseDocument(mistake, document)) }
  if (asked.operationName !== undefined && !getOperationAST(document, asked.operationName))
    return { errors: [{ message: `No operation named ${JSON.stringify(asked.operationName)}` }] }
  const { data, errors } = await execute({
    schema,
    document,
    rootValue: roots,
    contextValue: graph,
    variableValues: asked.variables,
    operationName: asked.operationName ?? null,
    fieldResolver: resolveField,
  })
  return { ...(data === undefined ? {} : { data }), ...(errors ? { errors: errors.map(explain) } : {}) }
}

function readDocument(query: string): DocumentNode | { errors: readonly Json[] } {
  try {
    return parse(query, { maxTokens: mostTokens })
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [refuseSyntax(error)] }
    throw error
  }
}

type Args = Record<string, unknown>

/** Members of the shown objects, lists cut to connections, and for what this GitHub never has: nothing, empty or no. */
function resolveField(source: unknown, args: Args, graph: Graph, info: GraphQLResolveInfo): unknown {
  const isConnection = isPaged(info)
  if (isConnection && asksForItems(info.fieldNodes, info)) checkBounds(info.fieldName, args)
  const finish = (value: unknown) => {
    if (info.parentType.name === 'Mutation') return withMutationId(value, args, info.fieldName)
    if (value instanceof List) return connectionOf(value, args)
    if (value !== undefined) return value
    return isConnection ? connectionOf(new List([], {}), args) : absent(info)
  }
  const value: unknown = defaultFieldResolver(source, args, graph, info)
  return value instanceof Promise ? value.then(finish) : finish(value)
}

function isPaged({ parentType, fieldName, returnType }: GraphQLResolveInfo): boolean {
  if (!getNamedType(returnType).name.endsWith('Connection')) return false
  return parentType.getFields()[fieldName]?.args.some(({ name }) => name === 'first') ?? false
}

/** Only who asks for items must say how many; a `totalCount` costs nothing. */
function asksForItems(fields: readonly FieldNode[], info: GraphQLResolveInfo): boolean {
  return fields.some(({ selectionSet }) => selectionSet && names(selectionSet, info).some((name) => items.has(name)))
}

const items = new Set(['nodes', 'edges', 'pageInfo'])

function names({ selections }: SelectionSetNode, info: GraphQLResolveInfo): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value]
    if (selection.kind === Kind.INLINE_FRAGMENT) return names(selection.selectionSet, info)
    const fragment = info.fragments[selection.name.value]
    return fragment ? names(fragment.selectionSet, info) : []
  })
}

function withMutationId(value: unknown, args: Args, name: string): unknown {
  const { input } = args
  if (typeof value !== 'object' || value === null) throw missing('Mutation', `\`${name}\``)
  const id = typeof input === 'object' && input !== null && 'clientMutationId' in input ? input.clientMutationId : null
  return { clientMutationId: id, ...value }
}

function absent({ returnType, parentType, fieldName }: GraphQLResolveInfo): unknown {
  if (!isNonNullType(returnType)) return null
  const inner: GraphQLOutputType = returnType.ofType
  if (isListType(inner)) return []
  const usual = isScalarType(inner) ? { Boolean: false, Int: 0, Float: 0 }[inner.name] : undefined
  if (usual === undefined) throw missing(parentType.name, `\`${fieldName}\``)
  return usual
}

function missing(type: string, what: string): Failure {
  return new Failure('NOT_IMPLEMENTED', `${what} of ${type} is not part of the local GitHub.`)
}
