/** The Worker of ours inside the runtime. No script may have a colon in its name. */
export const system = 'throughline:system'

/** The script that the runtime's complaint is about, whichever of its versions. */
export function scriptIn(words: string): string | undefined {
  return /core:user:([^\s:"']+)/.exec(words)?.[1]?.replace(/@minor$/, '')
}

/** The key of a script within the runtime: its name, below its dispatch namespace if it has one. */
export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

/** workerd's name for a script's service. Miniflare's engine of Workflows expects it to be this. */
export function serviceOf(key: string): string {
  return `core:user:${key}`
}

/** Where requests to a script with static files go first. */
export const routerOf = (key: string): string => `throughline:router:${key}`
export const assetsOf = (key: string): string => `throughline:assets:${key}`
/** What other scripts bind when the script has static files: `fetch` by the router, everything else straight on. */
export const doorOf = (key: string): string => `throughline:door:${key}`

/** The system Worker's own binding of a Workflow. */
export const workflowBinding = (name: string): string => `workflow:${name}`

/** Services that every script shares. */
export const shared = {
  kv: 'throughline:kv',
  d1: 'throughline:d1',
  r2: 'throughline:r2',
  objects: 'throughline:objects',
  outbound: 'throughline:outbound',
  cache: 'throughline:cache',
  host: 'throughline:host',
  blobs: 'throughline:blobs',
  files: 'throughline:files',
  missing: 'throughline:missing',
} as const

/** Modules that the system adds to every isolate: what a binding looks like to a script. */
export const wrappers = {
  secret: 'throughline:secret',
  dispatch: 'throughline:dispatch',
  unavailable: 'throughline:unavailable',
} as const
