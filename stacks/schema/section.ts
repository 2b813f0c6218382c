import { z } from 'zod'
import { nearest } from '../../scripts/cli/nearest.ts'
import { identifier } from '../identifier.ts'

/** An object of the settings: a key it does not have is named with the one that was probably meant. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys, Object.keys(shape)) : undefined),
  })
}

function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  return keys.map((key) => `there is no "${key}"${suggestion(key, known)}`).join('; ')
}

/** What was probably meant, or else everything that could be. */
export function suggestion(word: string, words: readonly string[]): string {
  const meant = nearest(word, words)
  if (meant !== null) return `; did you mean "${meant}"?`
  return words.length > 0 ? `; there is ${words.join(', ')}.` : '; none is declared.'
}

type Report = (path: readonly (string | number)[], message: string) => void

/** A rule about several values. It also speaks beside a misspelt key, so that all problems are told at once. */
export function rule<Value>(judge: (value: Value, report: Report) => void) {
  const check = z.check<Value>(({ value, issues }) => {
    judge(value, (path, message) =>
      issues.push({ code: 'custom', path: [...path], message, input: value, continue: true }),
    )
  })
  // oxlint-disable-next-line no-underscore-dangle -- where zod keeps the condition of a check
  check._zod.def.when = ({ issues }) => issues.every((issue) => issue.continue || issue.code === 'unrecognized_keys')
  return check
}

/** A list in which nothing stands twice, as told by what `keyOf` makes of each. */
export function unique<Item extends z.ZodType>(item: Item, noun: string, keyOf: (each: z.output<Item>) => string) {
  return z.array(item).check(
    rule<z.output<Item>[]>((list, report) => {
      const known = new Map<string, { readonly key: string; readonly at: number }>()
      list.forEach((each, at) => {
        const key = keyOf(each)
        // Terraform's identifiers have fewer letters: "a:b" and "a-b" would be one.
        const sign = identifier(key).toLowerCase()
        const first = known.get(sign)
        if (first === undefined) known.set(sign, { key, at })
        else if (first.key === key) report([at], `the ${noun} "${key}" stands at [${first.at}] already; remove one.`)
        else report([at], `the ${noun} "${key}" is too like "${first.key}" at [${first.at}]; rename one.`)
      })
    }),
  )
}

/** A list of plain names in which nothing stands twice. */
export function names<Name extends z.ZodType<string, string>>(name: Name, noun: string) {
  return unique(name, noun, (each) => each)
}

/** Words that the settings check by their form: the message says what the form is. */
const word = (form: RegExp, expected: string) =>
  z.string().regex(form, {
    error: ({ input }) => `${JSON.stringify(input)} must be ${expected}.`,
  })

export const cloudflareId = word(/^[0-9a-f]{32}$/, 'the 32 hexadecimal digits that the dashboard shows')
export const azureId = word(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/, 'a UUID in lower case')
export const kebab = word(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'at most 63 lower-case letters, digits and hyphens')
export const hostname = word(
  /^(?=.{1,253}$)(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
  'a host name like throughline.example.com, without https:// and path',
)
/** Its message does not repeat what was written: it may be the secret itself. */
export const secretName = z.string().regex(/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/, {
  // Nothing else is said of what is no name: another rule would repeat it.
  abort: true,
  error: 'must be a name, never the value of a secret: capital letters, digits and _, not beginning with GITHUB_.',
})
export const repositoryName = word(/^[A-Za-z0-9._-]{1,100}$/, 'a repository name without its owner')
export const topic = word(/^[a-z0-9][a-z0-9-]{0,49}$/, 'at most 50 lower-case letters, digits and hyphens')
export const login = word(/^[A-Za-z0-9-]{1,39}$/, 'the login of a person or an organisation, without a repository')
export const day = z.string().refine((text) => z.iso.date().safeParse(text).success, {
  error: ({ input }) => `${JSON.stringify(input)} must be a day like 2026-12-31.`,
})
export const image = word(/^[a-z0-9./-]+:[\w.-]+$/, 'an image with its version, like cloudflare/cloudflared:2026.10.0')
export const keyVaultName = word(
  /^[a-z](?:[a-z0-9]|-(?!-)){1,22}[a-z0-9]$/,
  '3 to 24 lower-case letters, digits and single hyphens, beginning with a letter',
)
export const colour = z.string().check(
  rule<string>((text, report) => {
    if (/^[0-9A-Fa-f]{6}$/.test(text)) return
    const bare = text.replace(/^#/, '')
    report(
      [],
      /^[0-9A-Fa-f]{6}$/.test(bare)
        ? `"${text}" has a hash; write it without: ${bare}`
        : `"${text}" is no colour; write six hexadecimal digits like D93F0B.`,
    )
  }),
)
