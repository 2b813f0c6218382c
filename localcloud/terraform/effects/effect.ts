import type { Values } from '../protocol/values.ts'

/** How a type of resource is made, read, changed and removed in a cloud. All that is told bears the schema's names. */
export type Effect = {
  /** @returns what the cloud says of it */
  readonly create: (planned: Values, cloud: Cloud) => Promise<Values>
  /** @returns null when it is gone */
  readonly read: (state: Values, cloud: Cloud) => Promise<Values | null>
  readonly update: (planned: Values, cloud: Cloud, prior: Values) => Promise<Values>
  readonly remove: (state: Values, cloud: Cloud) => Promise<void>
  /** @returns what must be known to read it */
  readonly identify: (id: string, cloud: Cloud) => Values | Promise<Values>
}

/** Looks up what a data source asks for. */
export type Lookup = (config: Values, cloud: Cloud) => Promise<Values>

export type Effects = {
  readonly resources: { readonly [type: string]: Effect }
  readonly dataSources: { readonly [type: string]: Lookup }
  /** What is the same everywhere, and known without a cloud. */
  readonly known?: { readonly [dataSource: string]: (config: Values) => Values }
}

export type Call = {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A cloud whose API is called. */
export type Cloud = {
  /** Whose things they are, where paths do not tell; empty where they do. */
  readonly owner: string
  /** @returns what the API answers, without its envelope */
  readonly call: (call: Call) => Promise<unknown>
  readonly graphql: (query: string, variables: Values) => Promise<Values>
}

/** Finds the cloud that a provider's configuration, or else the environment, names; null when neither does. */
export type OpenCloud = (config: Values, env: NodeJS.ProcessEnv) => Promise<Cloud | null>

/** An API said no. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What is not there is null; any other refusal stays one. */
export async function ifThere<Found>(asked: Promise<Found>): Promise<Found | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ApiRefusal && (error.status === 404 || error.status === 410)) return null
    throw error
  }
}
