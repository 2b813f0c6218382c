import { z } from '@hono/zod-openapi'
import { stringify } from 'smol-toml'

/** What a script binds, as far as wrangler's file is to say it. */
type Bindings = readonly { readonly name: string; readonly type: string; readonly target: string | null }[]

/** A project as its configuration tells it. */
export type Configured = {
  readonly name: string
  readonly compatibility: { readonly date: string | null; readonly flags: readonly string[] }
  readonly bindings: Bindings
  /** Names of databases by their identifiers. */
  readonly databases: ReadonlyMap<string, string>
}

export type Configuration = { [key: string]: string | boolean | string[] | Configuration | Configuration[] }

/** What wrangler reads: https://developers.cloudflare.com/workers/wrangler/configuration/ */
export function configurationOf(project: Configured): Configuration {
  const { bindings, databases, compatibility } = project
  const { date, flags } = compatibility
  const all = (type: string, shape: (binding: string, target: string) => Configuration) =>
    bindings.flatMap(({ name, type: its, target }) => (its === type && target !== null ? [shape(name, target)] : []))
  const producers = all('queue', (binding, queue) => ({ binding, queue }))
  const required = bindings.flatMap(({ name, type }) => (type === 'secret_text' ? [name] : []))
  const lists = {
    d1_databases: all('d1', (binding, database_id) => {
      const database_name = databases.get(database_id)
      return { binding, ...(database_name === undefined ? {} : { database_name }), database_id }
    }),
    kv_namespaces: all('kv_namespace', (binding, id) => ({ binding, id })),
    r2_buckets: all('r2_bucket', (binding, bucket_name) => ({ binding, bucket_name })),
  }
  return {
    name: project.name,
    main: 'index.js',
    ...(date === null ? {} : { compatibility_date: date }),
    ...(flags.length > 0 ? { compatibility_flags: [...flags] } : {}),
    workers_dev: true,
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ...(producers.length > 0 ? { queues: { producers } } : {}),
    ...(required.length > 0 ? { secrets: { required } } : {}),
  }
}

/** A configuration that was kept, or came over the wire. */
export const Configuration: z.ZodType<Configuration> = z.lazy(() =>
  z.record(z.string(), z.union([z.string(), z.boolean(), z.array(z.string()), Configuration, z.array(Configuration)])),
)

/**
 * A configuration as a file, in the form that a caller's `Accept` names: TOML, or JSON, which `wrangler.jsonc` is, too.
 * It holds no value of a secret: those stay where they are.
 */
export function fileOf(configuration: Configuration, accept: string): { readonly text: string; readonly type: string } {
  if (accepts(accept, 'application/toml'))
    return { text: `${stringify(configuration)}\n`, type: 'application/toml; charset=utf-8' }
  const type = accepts(accept, 'application/jsonc') ? 'application/jsonc' : 'application/json'
  return { text: `${JSON.stringify(configuration, null, 2)}\n`, type }
}

/** Whether a caller asks for a media type by its name. */
export function accepts(accept: string, type: string): boolean {
  return accept.split(',').some((part) => part.split(';')[0]?.trim().toLowerCase() === type)
}
