/** Headers between the front and the system Worker. A caller's own are dropped before. */
export const headers = {
  key: 'throughline-key',
  script: 'throughline-script',
  /** Marks what a script sends to the front, so that a change of the runtime does not wait for it in vain. */
  inside: 'throughline-inside',
} as const

/** Headers of whoever calls a script of a dispatch namespace from outside. */
export const dispatchHeaders = {
  /** The owner's token: `authorization` is the script's. In an answer, `missing` where there is no such script. */
  token: 'throughline-dispatch',
  /** The host name that the script is to see. */
  host: 'throughline-dispatch-host',
} as const

/** Where the front finds what only the system Worker can do. */
export const paths = {
  ping: '/ping',
  queue: '/queue',
  scheduled: '/scheduled',
  slot: '/slot',
  objects: '/objects',
  listen: '/listen',
  workflow: '/workflow',
} as const

/** A message as it travels: its body is in base64. */
export type Message = {
  readonly id: string
  readonly timestamp: number
  readonly attempts: number
  readonly body: string
  readonly contentType: 'text' | 'json' | 'bytes' | 'v8'
}

export type QueueCall = { readonly script: string; readonly queue: string; readonly messages: readonly Message[] }
export type ScheduledCall = { readonly script: string; readonly cron: string; readonly time: number }
/** A page of a bucket's objects, as the binding lists them. */
export type ObjectsCall = { readonly slot: `r2:${string}`; readonly options: R2Listing }
export type R2Listing = {
  readonly limit?: number
  readonly prefix?: string
  readonly delimiter?: string
  readonly cursor?: string
  readonly startAfter?: string
  readonly include?: ('httpMetadata' | 'customMetadata')[]
}
export type SlotCall = { readonly kind: string; readonly slot: string; readonly id: string }

/** What is asked of a Workflow's instance. */
export type WorkflowCall = { readonly workflow: string; readonly id: string } & (
  | { readonly act: 'create'; readonly params: unknown }
  | { readonly act: 'pause' | 'resume' | 'wake' | 'revive' }
  | { readonly act: 'terminate' | 'restart'; readonly options?: unknown }
  | { readonly act: 'send'; readonly type: string; readonly payload: unknown }
)

/** Whose traces the front wants. */
export type ListenCall = { readonly scripts: readonly string[] }

/** What a trace is told of its script: consumers in here are called by the system Worker, others by the front. */
export type Traced = {
  readonly key: string
  readonly script: string
  readonly namespace: string
  readonly version: string
  readonly inside: readonly string[]
  readonly outside: readonly string[]
}
