import { Kind, visit } from 'graphql'
import type { ASTNode, DocumentNode, GraphQLError } from 'graphql'
import type { Json } from '../accounts/present.ts'
import { Problem } from '../platform/problem.ts'
import { Failure, failureFrom } from './failure.ts'

/** What went wrong while a query was answered, as an entry of `errors`. */
export function explain(error: GraphQLError): Json {
  const { originalError } = error
  const place = { path: error.path, locations: error.locations }
  if (originalError instanceof Failure) return { type: originalError.type, ...place, message: error.message }
  if (originalError instanceof Problem) {
    const failure = failureFrom(originalError)
    return { type: failure.type, ...place, message: failure.message }
  }
  if (!originalError || error.message.startsWith('Variable "')) return refuseVariable(error)
  console.error(originalError)
  return { ...place, message: 'Something went wrong while executing your query.' }
}

export function refuseSyntax(error: GraphQLError): Json {
  const [{ line, column } = { line: 1, column: 1 }] = error.locations ?? []
  const [, found = 'end of document'] = /(?:found|Unexpected) (.*?)\.?$/.exec(error.message) ?? []
  const message = `Parse error on ${found.replace('<EOF>', 'end of document')} at [${line}, ${column}]`
  return { message, locations: error.locations }
}

/** A value that does not fit its variable stops the query before it starts. */
function refuseVariable(error: GraphQLError): Json {
  const node = error.nodes?.[0]
  if (node?.kind !== Kind.VARIABLE_DEFINITION) return { locations: error.locations, message: error.message }
  const [, explanation = 'Expected value to not be null'] = /; (.*?)\.?$/s.exec(error.message) ?? []
  return {
    extensions: { value: null, problems: [{ path: [], explanation }] },
    locations: error.locations,
    message: `Variable $${node.variable.name.value} of type ${textOf(node.type)} was provided invalid value`,
  }
}

/** A query that the schema does not allow, in GitHub's words where they are known. */
export function refuseDocument(error: GraphQLError, document: DocumentNode): Json {
  const node = error.nodes?.[0]
  const place = { path: node ? pathOf(node, document) : [], locations: error.locations }
  for (const [pattern, describe] of mistakes) {
    const match = pattern.exec(error.message)
    if (match) return { ...place, ...describe(match[1] ?? '', match[2] ?? '', match[3] ?? '') }
  }
  return { ...place, message: error.message }
}

type Describe = (first: string, second: string, third: string) => Json

const mistakes: readonly (readonly [RegExp, Describe])[] = [
  [
    /^Cannot query field "(.*?)" on type "(.*?)"/,
    (fieldName, typeName) => ({
      extensions: { code: 'undefinedField', typeName, fieldName },
      message: `Field '${fieldName}' doesn't exist on type '${typeName}'`,
    }),
  ],
  [
    /^Unknown argument "(.*?)" on field ".*?\.(.*?)"/,
    (argumentName, name) => ({
      extensions: { code: 'argumentNotAccepted', name, typeName: 'Field', argumentName },
      message: `Field '${name}' doesn't accept argument '${argumentName}'`,
    }),
  ],
  [
    /^Field "(.*?)" argument "(.*?)" of type ".*?" is required/,
    (name, argument) => ({
      extensions: { code: 'missingRequiredArguments', className: 'Field', name, arguments: argument },
      message: `Field '${name}' is missing required arguments: ${argument}`,
    }),
  ],
  [
    /^Field "(.*?)" of type "(.*?)" must have a selection of subfields/,
    (name, type) => ({
      extensions: { code: 'selectionMismatch', nodeName: `field '${name}'`, typeName: type.replace(/!$/, '') },
      message: `Field must have selections (field '${name}' returns ${type.replace(/!$/, '')} but has no selections. Did you mean '${name} { ... }'?)`,
    }),
  ],
  [
    /^Variable "\$(.*?)" is not defined/,
    (variableName) => ({
      extensions: { code: 'variableNotDefined', variableName },
      message: `Variable $${variableName} is used by anonymous query but not declared`,
    }),
  ],
  [
    /^Variable "\$(.*?)" is never used/,
    (variableName) => ({
      extensions: { code: 'variableNotUsed', variableName },
      message: `Variable $${variableName} is declared by anonymous query but not used`,
    }),
  ],
  [
    /^Unknown type "(.*?)"/,
    (typeName) => ({
      extensions: { code: 'undefinedType', typeName },
      message: `No such type ${typeName}, so it can't be a fragment condition`,
    }),
  ],
]

/** The way to a part of a query, such as `query`, `repository`, `... on Issue`. */
function pathOf(wanted: ASTNode, document: DocumentNode): string[] {
  let found: string[] = []
  visit(document, {
    enter(node, _key, _parent, _path, ancestors) {
      if (node !== wanted) return
      found = [...ancestors.flatMap((each) => ('kind' in each ? [each] : [])), node].flatMap(stepOf)
    },
  })
  return found
}

function stepOf(node: ASTNode): string[] {
  if (node.kind === Kind.OPERATION_DEFINITION) return [[node.operation, node.name?.value].filter(Boolean).join(' ')]
  if (node.kind === Kind.FIELD) return [node.alias?.value ?? node.name.value]
  if (node.kind === Kind.FRAGMENT_DEFINITION) return [`fragment ${node.name.value}`]
  if (node.kind === Kind.INLINE_FRAGMENT)
    return [node.typeCondition ? `... on ${node.typeCondition.name.value}` : '...']
  return node.kind === Kind.ARGUMENT ? [node.name.value] : []
}

function textOf(node: ASTNode): string {
  return node.loc ? node.loc.source.body.slice(node.loc.start, node.loc.end) : ''
}
