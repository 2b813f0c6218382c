import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { faultOf } from '../../worker/features/states/name.ts'
import type { Settings } from '../cli/settings.ts'
import type { Configuration } from './configuration.ts'
import { isRecord, memberOf, parsePlainJson } from './members.ts'
import { attempt, textOfSmall } from './small-files.ts'

/** What `init` left in terraform's own folder. */
export type Initialised = {
  /** The kind of the backend; null for none, and before `init`; empty when it cannot be told for sure. */
  readonly kind: string | null
  readonly addresses: readonly string[]
  /** Whether it says where the state is, or who opens it. */
  readonly isFixed: boolean
  readonly workspace: string
}

const addressNames = ['address', 'lock_address', 'unlock_address']
const largest = 64_000_000

/** @param folder of the configuration. */
export function readInitialised(env: NodeJS.ProcessEnv, folder: string): Initialised {
  const place = resolve(folder, env['TF_DATA_DIR'] || '.terraform')
  const workspace = env['TF_WORKSPACE'] || textOf(join(place, 'environment')).trim() || 'default'
  return { ...backendIn(join(place, 'terraform.tfstate')), workspace }
}

function backendIn(file: string): Omit<Initialised, 'workspace'> {
  if (!existsSync(file)) return none
  const root = parsePlainJson(textOf(file))
  const backend = memberOf(root, 'backend')
  const [kind, config] = ['type', 'config'].map((name) => memberOf(backend, name))
  // Go takes `Backend` for `backend`.
  if (!isRecord(root) || ![root, backend, config].every((part) => hasPlainNames(part))) return unsure
  if (backend === undefined || backend === null) return none
  const values = addressNames.map((name) => memberOf(config, name)).filter((value) => typeof value === 'string')
  if (typeof kind !== 'string') return unsure
  const isFixed = values.length > 0 || typeof memberOf(config, 'username') === 'string'
  return kind === 'http' ? { kind, addresses: values, isFixed } : { ...none, kind }
}

const none = { kind: null, addresses: [], isFixed: false } as const
const unsure = { ...none, kind: '' } as const

function hasPlainNames(part: unknown): boolean {
  return !isRecord(part) || Object.keys(part).every((name) => /^[a-z_]+$/.test(name))
}

/** A state on our server. */
export type OwnState = {
  readonly name: string
  readonly address: string
  /** Whether terraform takes this address, or a user name, from elsewhere than its environment. */
  readonly isFixed: boolean
}

/**
 * The state of a configuration, if it is ours. Terraform sends one pair of credentials to each address that it knows,
 * so a single foreign one among them, or one that cannot be read, makes the whole foreign.
 */
export function ownState(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  { kind, addresses, isFixed }: Initialised,
  configuration: Configuration,
): OwnState | null {
  if (kind === null ? !configuration.hasHttpBackend : kind !== 'http') return null
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
  if (!address || !name || names.includes(null)) return null
  return { name, address, isFixed: isFixed || configuration.isFixed }
}

/** Only what every reader of addresses reads alike: no credentials, no query, no `..`, nothing that is to be repaired. */
const plainAddress = /^(https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?)(\/[\w.~%/-]*)$/i

/** The name of a state of ours, or null when the address is not below `/state/` of our server. */
function stateAt(address: string | null, { url }: Settings): string | null {
  const [, origin = '', path = ''] = plainAddress.exec(address ?? '') ?? []
  if (url === null || !URL.canParse(origin)) return null
  const name = nameBelow(new URL(`${url}/state/`), new URL(origin + path), path)
  return name !== null && faultOf(name) === null ? name : null
}

function nameBelow(ours: URL, at: URL, path: string): string | null {
  if (at.origin !== ours.origin || at.pathname !== path || !path.startsWith(ours.pathname)) return null
  return attempt(() => decodeURIComponent(path.slice(ours.pathname.length).replace(/\/lock$/, '')), null)
}

function textOf(file: string): string {
  return textOfSmall(file, largest) ?? ''
}
