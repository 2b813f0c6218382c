import { randomHex } from './random.ts'

/** What opens a state, and where terraform finds it: in the address, or where every http backend looks for it. */
export type Pair = {
  readonly username: string
  readonly password: string
  readonly place: 'address' | 'environment'
}

/** How the state of this run is reached: only ever an address on our server. Without a pair of ours the user's own counts. */
export type StateAccess = { readonly address: string; readonly pair: Pair | null }

/**
 * The environment of a terraform that we start. Our token is not in it.
 * What the user has set stays, except for the pair of names by which the server knows the run.
 */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  access: StateAccess | null,
  traceparent: string,
): NodeJS.ProcessEnv {
  const { THROUGHLINE_TOKEN: _, ...rest } = env
  const traced = { ...rest, TRACEPARENT: traceparent }
  if (access === null) return traced
  const { address, pair } = access
  const isInAddress = pair?.place === 'address'
  const opened = (at: string) => (isInAddress ? at.replace('//', `//${pair.username}:${pair.password}@`) : at)
  return {
    ...traced,
    TF_HTTP_ADDRESS: opened(address),
    TF_HTTP_LOCK_ADDRESS: opened(env['TF_HTTP_LOCK_ADDRESS'] || address),
    TF_HTTP_UNLOCK_ADDRESS: opened(env['TF_HTTP_UNLOCK_ADDRESS'] || address),
    // These go before what stands in an address.
    ...(isInAddress && { TF_HTTP_USERNAME: undefined, TF_HTTP_PASSWORD: undefined }),
    ...(pair && !isInAddress && { TF_HTTP_USERNAME: pair.username, TF_HTTP_PASSWORD: pair.password }),
  }
}

/** The W3C trace context of what we start: in the caller's trace when there is one, else in a new one. */
export function newTraceparent(given: string | undefined): string {
  const [, trace = randomHex(16), flags = '01'] =
    /^00-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/.exec(given ?? '') ?? []
  return `00-${trace}-${randomHex(8)}-${flags}`
}

/** Arguments from the environment, which are given in words instead. */
const argumentVariables = [
  'TF_CLI_ARGS',
  'TF_CLI_ARGS_plan',
  'TF_CLI_ARGS_apply',
  'TF_CLI_ARGS_destroy',
  'TF_CLI_ARGS_show',
]

/** The environment for a command whose arguments are all given in words. */
export function withoutArguments(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !argumentVariables.includes(name)))
}
