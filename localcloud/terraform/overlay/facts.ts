import type { Attribute, Block } from '../schema/schema.ts'

/** What a generated package does not carry of a type. Names of nested attributes have dots: `policies.effect`. */
export type Facts = {
  readonly sensitive?: readonly string[]
  readonly replaces?: readonly string[]
  readonly defaults?: { readonly [name: string]: NonNullable<Attribute['default']> }
  /** The texts that an attribute may have. */
  readonly allows?: { readonly [name: string]: readonly string[] }
  /** What the API fills in when the configuration says nothing. */
  readonly computes?: readonly string[]
  /** What changes with another attribute, beside what `volatile` lists for all types. */
  readonly follows?: { readonly [cause: string]: readonly string[] }
}

/** Names that hold a secret wherever they are, as far as names can tell. `value` is one at the top only. */
const secrets =
  /^(secret|plaintext_value|encrypted_value|password|token|api_token|api_key|api_user_service_key|client_secret|private_key|pem_file|signing_secret|secure_value|secure_environment_variables|storage_account_key|workspace_key|client_certificate_password)$/
/** Values that are no secrets although their name is on the list. */
const open = new Set(['github_actions_variable', 'cloudflare_workers_kv'])
/** Computed values that every update may change. */
const volatile = /^(modified|modified_on|modified_by|updated_at|commit_sha|sha|comment_modified_on|tags_modified_on)$/

/** Completes a recovered schema with what is known besides. */
export function withFacts(type: string, block: Block, facts: Facts = {}): Block {
  return dressed(block, (attribute, path) => ({
    ...attribute,
    sensitive: isSensitive(type, attribute, path, facts),
    ...defaultOf(attribute, facts.defaults?.[path]),
    ...allowedIn(facts.allows?.[path]),
    ...(facts.computes?.includes(path) ? { computed: true } : {}),
    ...(facts.replaces?.includes(path) ? { replaces: true } : {}),
    ...causeOf(attribute, path, facts),
  }))
}

type Dress = (attribute: Attribute, path: string) => Attribute

function dressed({ attributes, blocks }: Block, dress: Dress, above = ''): Block {
  return {
    attributes: attributes.map((attribute) => {
      const path = above + attribute.name
      const { nested } = attribute
      if (!nested) return dress(attribute, path)
      const inner = dressed({ attributes: nested.attributes, blocks: [] }, dress, `${path}.`)
      return dress({ ...attribute, nested: { ...nested, attributes: inner.attributes } }, path)
    }),
    blocks: blocks.map((each) => ({ ...each, block: dressed(each.block, dress, `${above}${each.name}.`) })),
  }
}

function isSensitive(type: string, { name, type: kind }: Attribute, path: string, { sensitive = [] }: Facts): boolean {
  if (sensitive.includes(path)) return true
  const isText = kind === 'string' || (Array.isArray(kind) && kind[0] === 'map')
  return isText && !open.has(type) && (path === 'value' || secrets.test(name))
}

/** Terraform lets a provider fill in only what is computed. */
function defaultOf({ required }: Attribute, value: Attribute['default']): Partial<Attribute> {
  return value === undefined || required ? {} : { default: value, computed: true }
}

function allowedIn(allowed: readonly string[] | undefined): Partial<Attribute> {
  return allowed ? { allowed } : {}
}

function causeOf({ name, computed, optional }: Attribute, path: string, { follows = {} }: Facts): Partial<Attribute> {
  const [cause] = Object.entries(follows).find(([, followers]) => followers.includes(path)) ?? []
  if (cause !== undefined) return { changesWith: cause }
  return computed && !optional && volatile.test(name) ? { changesWith: '*' } : {}
}
