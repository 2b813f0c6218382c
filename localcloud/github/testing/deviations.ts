import type { Violation } from './openapi.ts'

type Deviation = { readonly subject: RegExp; readonly where: RegExp; readonly message?: RegExp; readonly why: string }

/** Where the local GitHub, or GitHub itself, is known to differ from the published documents. Each line was judged by hand. */
export const deviations: readonly Deviation[] = [
  {
    subject: /rulesets 422$/,
    where: /^\/errors\/\d+$/,
    why: 'For rulesets GitHub answers a list of sentences, although the document promises objects.',
  },
  {
    subject: /^webhook release\$/,
    where: /^\/release\/(name|body)$/,
    why: 'A release without name or text shows null, as all published samples do; the schema of 2024 is stricter than they.',
  },
  {
    subject: /^webhook repository_dispatch\$event$/,
    where: /^$/,
    message: /required property 'installation'/,
    why: 'A dispatch by a personal token comes from no app; the samples all come from one.',
  },
  {
    subject: /deployment/,
    where: /\/(log_url|target_url|environment_url)$/,
    message: /match format "uri"/,
    why: 'GitHub shows an address that was not given as an empty text, as the default in its own document says.',
  },
  {
    subject: /orgs\/\{org\}/,
    where: /\/(blog|company|email|location)$/,
    why: 'An organisation that says nothing about itself shows null, and its empty address is an empty text, on GitHub too.',
  },
  {
    subject: /^GET \/search\/issues 200$/,
    where: /^\/items\/\d+\/body$/,
    message: /must be string/,
    why: 'An issue without a text shows null in a search, as it does everywhere else.',
  },
  {
    subject: /^PUT \/repos\/\{owner\}\/\{repo\}\/contents\/\{path\} 409/,
    where: /^$/,
    message: /exactly one schema in oneOf/,
    why: 'The document offers two forms of a refusal, neither of which demands anything, so that both fit.',
  },
]

/** Whether a violation is on the list. */
export function isKnown({ subject, where, message }: Violation): boolean {
  return deviations.some(
    (each) => each.subject.test(subject) && each.where.test(where) && (each.message?.test(message) ?? true),
  )
}
