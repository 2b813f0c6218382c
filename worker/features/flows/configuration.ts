import { stringify } from 'smol-toml'

/** A project as its configuration tells it: what is bound under which name. */
export type Configured = {
  readonly name: string
  readonly compatibilityDate: string
  readonly compatibilityFlags: readonly string[]
  readonly d1: readonly { readonly binding: string; readonly id: string; readonly name: string }[]
  readonly kv: readonly { readonly binding: string; readonly id: string }[]
  readonly r2: readonly { readonly binding: string; readonly name: string }[]
  readonly queues: readonly { readonly binding: string; readonly name: string }[]
  /** Names alone: values are given with `wrangler secret put`. */
  readonly secrets: readonly string[]
}

type Table = { [key: string]: string | boolean | string[] | Table | Table[] }

/** What wrangler reads: https://developers.cloudflare.com/workers/wrangler/configuration/ */
export function configurationOf(project: Configured): Table {
  const { d1, kv, r2, queues, secrets, compatibilityFlags: flags } = project
  const given: [string, string[] | Table | Table[], number][] = [
    ['compatibility_flags', [...flags], flags.length],
    ['d1_databases', d1.map(({ binding, id, name }) => ({ binding, database_name: name, database_id: id })), d1.length],
    ['kv_namespaces', kv.map(({ binding, id }) => ({ binding, id })), kv.length],
    ['r2_buckets', r2.map(({ binding, name }) => ({ binding, bucket_name: name })), r2.length],
    ['queues', { producers: queues.map(({ binding, name }) => ({ binding, queue: name })) }, queues.length],
    ['secrets', { required: [...secrets] }, secrets.length],
  ]
  return {
    name: project.name,
    main: 'index.js',
    compatibility_date: project.compatibilityDate,
    workers_dev: true,
    ...Object.fromEntries(given.filter(([, , count]) => count > 0).map(([key, value]) => [key, value])),
  }
}

const told = 'Values of secrets are not here: they stay where they are, and `wrangler secret put` changes them.'

/** `wrangler.jsonc`. */
export function asJsonc(project: Configured): string {
  return `// ${told}\n${JSON.stringify(configurationOf(project), null, 2)}\n`
}

/** `wrangler.toml`. */
export function asToml(project: Configured): string {
  return `# ${told}\n${stringify(configurationOf(project))}\n`
}

/** The text that a caller's `Accept` asks for, JSONC unless it names TOML, with its type. */
export function configurationText(project: Configured, accept: string): { text: string; type: string } {
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim().toLowerCase())
  if (types.includes('application/toml')) return { text: asToml(project), type: 'application/toml; charset=utf-8' }
  return { text: asJsonc(project), type: 'application/jsonc; charset=utf-8' }
}
