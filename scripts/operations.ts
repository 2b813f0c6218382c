import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Refusal } from './embedded/refusal.ts'
import { command } from './stacks/command.ts'

const Operation = z.object({
  operationId: z.string().optional(),
  'x-api-token-group': z.array(z.string()).nullish(),
})
const Specification = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
})
const methods = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options'])

/** Every operation of Cloudflare's OpenAPI document, with its groups as a number: most of the thousands share a few sets. */
function tableOf(specification: z.infer<typeof Specification>) {
  const sets = new Map<string, number>()
  const operations: Record<string, Record<string, readonly [number, string]>> = {}
  const paths = Object.entries(specification.paths).flatMap(([path, item]) =>
    placesOf(path).map((at) => ({ at, item })),
  )
  for (const { at: path, item } of paths.toSorted((a, b) => (a.at < b.at ? -1 : 1))) {
    for (const [method, described] of Object.entries(item)) {
      if (!methods.has(method)) continue
      const name = `${method.toUpperCase()} ${path}`
      const { operationId = name, 'x-api-token-group': groups } = Operation.parse(described)
      const set = JSON.stringify([...new Set(groups ?? [])].toSorted((a, b) => (a < b ? -1 : 1)))
      if (!sets.has(set)) sets.set(set, sets.size)
      operations[path] = { ...operations[path], [method.toUpperCase()]: [sets.get(set) ?? 0, operationId] }
    }
  }
  return { sets: [...sets.keys()].map((set) => JSON.parse(set) as unknown), operations }
}

/** What is in an account and in a zone alike is written once there: as it stands it would match any first name. */
function placesOf(path: string): string[] {
  const [, rest] = /^\/\{accounts_or_zones\}\/\{[^}]+\}(\/.*)$/.exec(path) ?? []
  return rest === undefined ? [path] : [`/accounts/{account_id}${rest}`, `/zones/{zone_id}${rest}`]
}

/** Writes the gateway's table of operations from Cloudflare's OpenAPI document: `npm run operations -- openapi.json`. */
await command(() => {
  const [file] = process.argv.slice(2)
  if (file === undefined) throw new Refusal("Name the file of Cloudflare's OpenAPI document, as JSON.")
  const table = tableOf(Specification.parse(JSON.parse(readFileSync(file, 'utf8'))))
  const provenance =
    "Cloudflare's OpenAPI document, BSD-3-Clause: operationId and x-api-token-group (any one suffices) by path and method."
  const target = join(import.meta.dirname, '../worker/features/gateway/operations.json')
  writeFileSync(target, `${JSON.stringify({ provenance, ...table })}\n`)
})
