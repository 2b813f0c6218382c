import type { Violation } from './openapi.ts'

type Deviation = { readonly subject: RegExp; readonly where: RegExp; readonly message?: RegExp; readonly why: string }

/** Where the local GitHub, or GitHub itself, is known to differ from the published documents. Each line was judged by hand. */
export const deviations: readonly Deviation[] = [
  {
    subject: /deployment/,
    where: /\/(log_url|target_url|environment_url)$/,
    message: /match format "uri"/,
    why: 'GitHub shows an address that was not given as an empty text, as the default in its own document says.',
  },
]

/** Whether a violation is on the list. */
export function isKnown({ subject, where, message }: Violation): boolean {
  return deviations.some(
    (each) => each.subject.test(subject) && each.where.test(where) && (each.message?.test(message) ?? true),
  )
}
