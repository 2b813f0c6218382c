import { z } from 'zod'

/** A JSON column as the value that it holds. */
export function json<Value extends z.ZodType>(value: Value) {
  return z.string().transform((text): z.infer<Value> => value.parse(JSON.parse(text)))
}

export const ModuleKind = z.enum(['esm', 'cjs', 'wasm', 'text', 'data', 'json', 'python', 'requirement', 'service'])
export type ModuleKind = z.infer<typeof ModuleKind>

/** A part of a script: its bytes are a blob. */
export const Module = z.object({ name: z.string(), kind: ModuleKind, hash: z.string(), size: z.int() })
export type Module = z.infer<typeof Module>

/** A binding as the API speaks of it. Types that nobody here knows are kept as they came. */
export const Binding = z.looseObject({ name: z.string(), type: z.string() })
export type Binding = z.infer<typeof Binding>

/** What a script's main module offers, as the trial found it. */
export const Exports = z.object({
  handlers: z.array(z.string()),
  named: z.array(z.object({ name: z.string(), kind: z.string(), handlers: z.array(z.string()) })),
})
export type Exports = z.infer<typeof Exports>

/** Static files of a version: a blob with the list of paths, and how they are served. */
export const Assets = z.object({ manifest: z.string(), config: z.record(z.string(), z.unknown()) })
export type Assets = z.infer<typeof Assets>

export const TailConsumer = z.looseObject({ service: z.string() })

/** What belongs to a script, not to one of its versions. */
export const ScriptSettings = z.looseObject({
  logpush: z.boolean().optional(),
  tags: z.array(z.string()).nullish(),
  observability: z.looseObject({ enabled: z.boolean() }).nullish(),
  tail_consumers: z.array(TailConsumer).nullish(),
})
export type ScriptSettings = z.infer<typeof ScriptSettings>

export const Script = z.object({
  id: z.string(),
  namespace: z.string(),
  name: z.string(),
  created_on: z.int(),
  modified_on: z.int(),
  settings: json(ScriptSettings),
  is_enabled: z.int().transform(Boolean),
  has_previews: z.int().transform(Boolean),
  migration_tag: z.string().nullable(),
  deployed_from: z.string().nullable(),
})
export type Script = z.infer<typeof Script>

export const Annotations = z.record(z.string(), z.string().nullable())

export const Version = z.object({
  id: z.string(),
  script_id: z.string(),
  number: z.int(),
  created_on: z.int(),
  source: z.string(),
  annotations: json(Annotations),
  main: z.string(),
  modules: json(z.array(Module)),
  bindings: json(z.array(Binding)),
  compatibility_date: z.string().nullable(),
  compatibility_flags: json(z.array(z.string())),
  usage: json(z.record(z.string(), z.unknown())),
  assets: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : Assets.parse(JSON.parse(text)))),
  exports: json(Exports),
  etag: z.string(),
  startup_ms: z.int(),
  migration_tag: z.string().nullable(),
  is_deployable: z.int().transform(Boolean),
})
export type Version = z.infer<typeof Version>

export const Share = z.object({ version_id: z.string(), percentage: z.number() })
export type Share = z.infer<typeof Share>

export const Deployment = z.object({
  id: z.string(),
  script_id: z.string(),
  created_on: z.int(),
  source: z.string(),
  versions: json(z.array(Share)),
  annotations: json(Annotations),
})
export type Deployment = z.infer<typeof Deployment>

/** A Durable Object class that a migration has made: a namespace of objects of its own. */
export const ObjectClass = z.object({
  id: z.string(),
  script_id: z.string(),
  class: z.string(),
  uses_sqlite: z.int().transform(Boolean),
})
export type ObjectClass = z.infer<typeof ObjectClass>

/** Where a script is: its name, and the dispatch namespace around it, empty for none. */
export type Place = { readonly namespace: string; readonly name: string }
