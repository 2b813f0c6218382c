import { referencesOfBinding } from './bindings.ts'
import type { Reference } from './grant.ts'
import { elementsOf, entriesOf, namesOf, objectsIn, textsAt } from './members.ts'

/** What a top-level member of a body names, by the member's name in lower case. */
export type Naming = (value: unknown) => Reference[]
export type Namings = Readonly<Record<string, Naming>>

const text =
  (kind: string): Naming =>
  (value) =>
    typeof value === 'string' && value !== '' ? [{ kind, name: value }] : []

const bindings: Naming = (value) => elementsOf(value).flatMap(referencesOfBinding)

/** `service` in most places, `name` in the JSON API; of a dispatch namespace when one is named. */
export const consumers: Naming = (value) =>
  elementsOf(value).flatMap((one) => [
    ...['service', 'name'].flatMap((member) => textsAt(one, member)).map((name) => ({ kind: 'script', name })),
    ...textsAt(one, 'namespace').map((name) => ({ kind: 'dispatch', name })),
  ])

/** Classes that come from, or go to, another script, with all that their objects store. */
const classes: Naming = (value) =>
  objectsIn(value).flatMap((one) =>
    ['from_script', 'to_script', 'script_name', 'script', 'service']
      .flatMap((member) => textsAt(one, member))
      .map((name) => ({ kind: 'script', name })),
  )

/** Secrets are bindings; of any other type they would bind more. */
const secret: Naming = (value) => elementsOf(value).flatMap((one) => (one === null ? [] : referencesOfBinding(one)))

/** What metadata, settings and versions have in common. */
export const script: Namings = {
  bindings,
  env: secret,
  tail_consumers: consumers,
  streaming_tail_consumers: consumers,
  migrations: classes,
  exports: classes,
  name: text('script'),
}

const pagesKinds: readonly (readonly [member: string, kind: string, field: string])[] = [
  ['d1_databases', 'd1', 'id'],
  ['kv_namespaces', 'kv', 'namespace_id'],
  ['r2_buckets', 'r2', 'name'],
  ['queue_producers', 'queue', 'name'],
  ['services', 'script', 'service'],
  ['durable_object_namespaces', 'durable_object', 'namespace_id'],
  ['durable_object_namespaces', 'script', 'script_name'],
  ['hyperdrive_bindings', 'hyperdrive', 'id'],
  ['vectorize_bindings', 'vectorize', 'index_name'],
  ['analytics_engine_datasets', 'analytics', 'dataset'],
  ['mtls_certificates', 'mtls_certificate', 'certificate_id'],
]

/** Members of a configuration that bind nothing, or nothing that is somebody's. */
const pagesSettings = new Set(['env_vars', 'ai_bindings', 'browsers', 'limits', 'placement', 'build_config'])

/** Bindings of a Pages project, for its previews and for production. */
const pagesConfigs: Naming = (value) =>
  elementsOf(value).flatMap((config) => [
    ...pagesKinds.flatMap(([member, kind, field]) =>
      entriesOf(config, member)
        .flatMap(elementsOf)
        .flatMap((one) => textsAt(one, field))
        .map((name) => ({ kind, name, explicit: kind === 'durable_object' })),
    ),
    ...unknownMembers(config).map((name) => ({ kind: 'binding', name })),
  ])

/** What came after this was written, and looks like bindings: objects by name. */
function unknownMembers(config: unknown): string[] {
  const known = new Set(pagesKinds.map(([member]) => member))
  return namesOf(config).filter(
    (name) =>
      !known.has(name) &&
      !pagesSettings.has(name) &&
      entriesOf(config, name).some((inner) => elementsOf(inner).some((one) => namesOf(one).length > 0)),
  )
}

const pages: Namings = { name: text('pages'), deployment_configs: pagesConfigs }

/** A secret that is put alone: the body itself is the binding. */
const single: Namings = {
  type: (value) =>
    value === 'secret_text' || value === 'secret_key' ? [] : [{ kind: 'binding', name: String(value) }],
}

const consumer: Namings = {
  script_name: text('script'),
  script: text('script'),
  service: text('script'),
  dead_letter_queue: text('queue'),
}

/** By method and path: what the members of a JSON body name. `script` is that of uploads, too. */
const table: readonly (readonly [methods: string, path: RegExp, namings: Namings])[] = [
  [
    'PATCH',
    /^accounts\/\{\}\/workers\/(?:scripts\/\{\}|dispatch\/namespaces\/\{\}\/scripts\/\{\})\/script-settings$/,
    script,
  ],
  ['POST PUT PATCH', /^accounts\/\{\}\/workers\/workers(?:\/\{\}(?:\/versions(?:\/\{\}|\/latest)?)?)?$/, script],
  ['PUT', /^accounts\/\{\}\/workers\/.*\/secrets$/, single],
  ['PATCH', /^accounts\/\{\}\/workers\/.*\/secrets-bulk$/, { secrets: secret }],
  ['POST PUT', /^zones\/\{\}\/workers\/(?:routes|script)/, { script: text('script') }],
  [
    'PUT',
    /^accounts\/\{\}\/workers\/domains(?:\/records)?$/,
    { service: text('script'), script: text('script'), zone_id: text('zone') },
  ],
  ['POST', /^accounts\/\{\}\/queues$/, { queue_name: text('queue') }],
  ['PUT PATCH', /^accounts\/\{\}\/queues\/\{\}$/, { queue_name: text('queue') }],
  ['POST PUT PATCH', /^accounts\/\{\}\/queues\/\{\}\/consumers/, consumer],
  ['PUT', /^accounts\/\{\}\/workflows\/\{\}$/, { script_name: text('script') }],
  ['POST', /^accounts\/\{\}\/r2\/buckets$/, { name: text('r2') }],
  ['POST PATCH', /^accounts\/\{\}\/pages\/projects(?:\/\{\})?$/, pages],
  ['POST PUT PATCH', /^accounts\/\{\}\/workers\/dispatch\/namespaces(?:\/\{\})?$/, { name: text('dispatch') }],
  ['POST', /^accounts\/\{\}\/vectorize\/v2\/indexes$/, { name: text('vectorize') }],
]

/** What to look for in the JSON body of a call, or null when such a body names nothing. */
export function namingsOf(method: string, template: readonly string[]): Namings | null {
  const path = template.join('/')
  return table.find(([methods, form]) => methods.split(' ').includes(method) && form.test(path))?.[2] ?? null
}

/** Calls whose body is a form, with the part that describes it. */
const forms: readonly (readonly [methods: string, path: RegExp, part: string])[] = [
  ['PUT', /^accounts\/\{\}\/workers\/(?:dispatch\/namespaces\/\{\}\/)?scripts\/\{\}(?:\/content)?$/, 'metadata'],
  ['PUT', /^accounts\/\{\}\/workers\/services\/\{\}\/environments\/\{\}(?:\/content)?$/, 'metadata'],
  ['POST', /^accounts\/\{\}\/workers\/scripts\/\{\}\/versions$/, 'metadata'],
  [
    'PATCH',
    /^accounts\/\{\}\/workers\/(?:scripts\/\{\}|services\/\{\}\/environments\/\{\}|dispatch\/namespaces\/\{\}\/scripts\/\{\})\/settings$/,
    'settings',
  ],
  ['POST', /^accounts\/\{\}\/pages\/projects\/\{\}\/deployments$/, '_worker.bundle'],
]

/** The part of a call's form that says what is bound, or null when its body is no such form. */
export function formPartOf(method: string, template: readonly string[]): string | null {
  const path = template.join('/')
  return forms.find(([methods, form]) => methods === method && form.test(path))?.[2] ?? null
}
