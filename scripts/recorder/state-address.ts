import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Settings } from '../cli/settings.ts'
import type { Configuration } from './configuration.ts'
import { memberOf, parseJson } from './members.ts'

/** What `init` left in terraform's own folder. */
export type Initialised = {
  /** The kind of the backend; null for none, and before `init`. */
  readonly kind: string | null
  readonly addresses: readonly string[]
  readonly workspace: string
}

const addressNames = ['address', 'lock_address', 'unlock_address']

/** @param folder of the configuration. */
export function readInitialised(env: NodeJS.ProcessEnv, folder: string): Initialised {
  const place = resolve(folder, env['TF_DATA_DIR'] || '.terraform')
  const backend = memberOf(parseJson(textOf(join(place, 'terraform.tfstate'))), 'backend')
  const kind = memberOf(backend, 'type')
  const values = addressNames.map((name) => memberOf(memberOf(backend, 'config'), name))
  return {
    kind: typeof kind === 'string' ? kind : null,
    addresses: kind === 'http' ? values.filter((value) => typeof value === 'string') : [],
    workspace: env['TF_WORKSPACE'] || textOf(join(place, 'environment')).trim() || 'default',
  }
}

/** A state on our server. */
export type OwnState = { readonly name: string; readonly address: string }

/**
 * The state of a configuration, if it is ours. Terraform sends one pair of credentials to each address that it knows,
 * so a single foreign one among them, or one that cannot be read, makes the whole foreign.
 */
export function ownState(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  { kind, addresses }: Initialised,
  configuration: Configuration,
): OwnState | null {
  if (kind !== null && kind !== 'http') return null
  const { url, state } = settings
  const inEnvironment = ['TF_HTTP_ADDRESS', 'TF_HTTP_LOCK_ADDRESS', 'TF_HTTP_UNLOCK_ADDRESS'].map(
    (name) => env[name] || [],
  )
  const named =
    url === null || state === null ? [] : `${url}/state/${state.split('/').map(encodeURIComponent).join('/')}`
  // What the configuration says goes before what the environment says.
  const all = [...addresses, ...configuration.addresses, ...inEnvironment.flat(), ...[named].flat()]
  const names = all.map((address) => stateAt(address, settings))
  const [address] = all
  const [name] = names
  return address && name && !names.includes(null) ? { name, address } : null
}

/** The name of a state of ours, or null when the address is not below `/state/` of our server. */
function stateAt(address: string | null, { url }: Settings): string | null {
  if (url === null || address === null || !URL.canParse(address)) return null
  const [at, ours] = [new URL(address), new URL(`${url}/state/`)]
  if (at.origin !== ours.origin || !at.pathname.startsWith(ours.pathname) || at.username || at.password) return null
  const path = at.pathname.slice(ours.pathname.length)
  return decode(path.replace(/\/lock$/, '')) || null
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
