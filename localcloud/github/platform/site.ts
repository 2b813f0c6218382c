/** The addresses under which this GitHub answers. */
export type Site = {
  /** Where people and git go, such as `http://127.0.0.1:8789`. */
  readonly html: string
  /** The root of the REST API. */
  readonly api: string
  readonly graphql: string
}

/** The addresses below one origin. */
export function siteAt(origin: string): Site {
  return { html: origin, api: `${origin}/api/v3`, graphql: `${origin}/api/graphql` }
}

/** Times are stored as milliseconds and shown in whole seconds. */
export function isoTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

export function isoTimeOrNull(at: number | null): string | null {
  return at === null ? null : isoTime(at)
}
