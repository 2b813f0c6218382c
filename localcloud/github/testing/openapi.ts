import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import type { ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { z } from 'zod'

const require = createRequire(import.meta.url)

/** A published document: GitHub's own description of what it answers. */
type Tree = Record<string, unknown>
const Tree = z.record(z.string(), z.unknown())

type Operation = { readonly method: string; readonly path: string; readonly shape: RegExp; readonly literal: number }

/** What is wrong with one answer. */
export type Violation = { readonly subject: string; readonly where: string; readonly message: string }

/** Judges answers of the REST API by `@octokit/openapi`. Reading it takes a second, so there is one for all. */
export class RestContract {
  readonly #ajv: Ajv
  readonly #document: Tree
  readonly #operations: readonly Operation[]
  readonly #compiled = new Map<string, ValidateFunction | null>()

  constructor() {
    this.#document = Tree.parse(readJson(require.resolve('@octokit/openapi/generated/api.github.com.json')))
    makeNullable(this.#document)
    this.#ajv = newAjv()
    this.#ajv.addSchema(this.#document, 'openapi')
    this.#operations = operationsIn(this.#document)
  }

  /** What the document has to object to in an answer. Routes that it does not know are not judged. */
  judge(method: string, path: string, status: number, body: unknown): Violation[] {
    const operation = this.#operationFor(method, path)
    if (!operation) return []
    const subject = `${operation.method.toUpperCase()} ${operation.path} ${status}`
    const validate = this.#validatorFor(operation, status, subject)
    if (validate === undefined) return [{ subject, where: '', message: 'is a status that the document does not know' }]
    if (validate === null || validate(body)) return []
    return violations(subject, validate)
  }

  #operationFor(method: string, path: string): Operation | undefined {
    return this.#operations
      .filter((each) => each.method === method.toLowerCase() && each.shape.test(path))
      .toSorted((a, b) => b.literal - a.literal)[0]
  }

  /** Null when the answer has no JSON body; undefined when the document has no such answer. */
  #validatorFor({ method, path }: Operation, status: number, subject: string): ValidateFunction | null | undefined {
    const known = this.#compiled.get(subject)
    if (known !== undefined) return known
    const pointer = ['paths', path, method, 'responses', String(status)]
    const found = this.#follow(pointer)
    // Refusals that every route may answer are not listed at each.
    if (found === undefined) return status >= 400 ? null : undefined
    const schema = [...found, 'content', 'application/json', 'schema']
    const validate =
      this.#read(schema) === undefined ? null : this.#ajv.compile({ $ref: `openapi#${fragment(schema)}` })
    this.#compiled.set(subject, validate)
    return validate
  }

  #follow(pointer: readonly string[]): readonly string[] | undefined {
    const value = Tree.safeParse(this.#read(pointer)).data
    const reference = value?.['$ref']
    if (typeof reference === 'string') return reference.slice(2).split('/')
    return value && pointer
  }

  #read(pointer: readonly string[]): unknown {
    return pointer.reduce<unknown>((value, name) => Tree.safeParse(value).data?.[name], this.#document)
  }
}

/** Judges webhook bodies by `@octokit/webhooks-schemas`, which is older than today's bodies: more members are allowed. */
export class WebhookContract {
  readonly #ajv = newAjv()
  readonly #definitions: Tree

  constructor() {
    const document = Tree.parse(readJson(require.resolve('@octokit/webhooks-schemas/schema.json')))
    loosen(document)
    this.#definitions = Tree.parse(document['definitions'])
    this.#ajv.addSchema({ definitions: this.#definitions }, 'webhooks')
  }

  judge(event: string, action: string | null, body: unknown): Violation[] {
    const names = action === null ? [`${event}$event`] : [`${event}$${action}`, `${event}$event`]
    const name = names.find((each) => each in this.#definitions)
    if (name === undefined) return []
    const subject = `webhook ${name}`
    const validate =
      this.#ajv.getSchema(subject) ?? this.#ajv.compile({ $id: subject, $ref: `webhooks#/definitions/${name}` })
    return validate(body) === true ? [] : violations(subject, validate)
  }
}

/** Every operation that GitHub publishes. */
export function publishedOperations(): { readonly method: string; readonly path: string }[] {
  const document = Tree.parse(readJson(require.resolve('@octokit/openapi/generated/api.github.com.json')))
  return operationsIn(document).map(({ method, path }) => ({ method: method.toUpperCase(), path }))
}

function newAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true, logger: false })
  formats.default(ajv)
  return ajv
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function violations(subject: string, { errors }: { readonly errors?: ValidateFunction['errors'] }): Violation[] {
  return (errors ?? []).map(({ instancePath, message = '', params }) => ({
    subject,
    where: instancePath,
    message: `${message} ${JSON.stringify(params)}`,
  }))
}

function operationsIn(document: Tree): Operation[] {
  return Object.entries(Tree.parse(document['paths'])).flatMap(([path, methods]) =>
    Object.keys(Tree.parse(methods)).map((method) => ({
      method,
      path,
      // Names of branches, files and refs may hold slashes.
      shape: new RegExp(
        `^${path.replaceAll(/\{(\w+)\}/g, (_, name) => (name === 'path' || name === 'ref' || name === 'branch' ? '.+' : '[^/]+'))}$`,
      ),
      literal: path.replaceAll(/\{\w+\}/g, '').length,
    })),
  )
}

/** JSON Schema 7 has no `nullable`: what may be null is one of two. */
function makeNullable(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  for (const each of Object.values(node)) makeNullable(each)
  if (!('nullable' in node) || node.nullable !== true) return
  const { nullable: _, ...inner } = node
  for (const name of Object.keys(node)) Reflect.deleteProperty(node, name)
  Object.assign(node, { anyOf: [inner, { type: 'null' }] })
}

function loosen(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  if ('additionalProperties' in node && node.additionalProperties === false) node.additionalProperties = true
  for (const each of Object.values(node)) loosen(each)
}

function fragment(pointer: readonly string[]): string {
  return pointer.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')
}
