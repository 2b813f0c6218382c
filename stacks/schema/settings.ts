import { z } from 'zod'
import { Auth0 } from './auth0.ts'
import { Azure } from './azure.ts'
import { Cloudflare } from './cloudflare.ts'
import { GitHub } from './github.ts'
import { kebab, rule, section } from './section.ts'
import { secretsIn, sentence } from './sentences.ts'
import { judgeTogether } from './together.ts'

const Root = section({
  /** Begins the names of the states, and marks what is declared here. */
  project: kebab,
  /** Who answers for it; a tag wherever tags exist. */
  owner: z.string().min(1),
  /** Where the control plane answers, when it is not at `cloudflare.domains.controlPlane`. */
  url: z
    .url({ protocol: /^https?$/, error: 'must be an address like https://throughline.example.com.' })
    .refine((url) => !/[?#]/.test(url), { error: 'must end before ? and #; the names of states are put behind it.' })
    .exactOptional(),
  /** Refuses to destroy databases, buckets and repositories. */
  protectData: z.boolean().default(true),
  cloudflare: Cloudflare,
  github: GitHub,
  azure: Azure.exactOptional(),
  auth0: Auth0.exactOptional(),
}).check(rule(judgeTogether))

/** What an owner writes. */
export type SettingsInput = z.input<typeof Root>

type Checked = z.output<typeof Root>
/** What the stacks read: complete, checked, and with the address of the control plane. */
export type Settings = Omit<Checked, 'url'> & { readonly url: string }

/** What is wrong with the settings, each problem in a line with its place. */
export class SettingsProblem extends Error {}

/** @throws SettingsProblem that tells all of them at once. */
export function checkSettings(input: unknown): Settings {
  const checked = Root.safeParse(escapeAll(input), { error: sentence, reportInput: true })
  const secrets = [...secretsIn(input, [])]
  const told = new Set(secrets.map(({ path }) => placeOf(path)))
  const others = (checked.error?.issues ?? []).filter(({ path }) => !told.has(placeOf(path)))
  if (!checked.success || secrets.length > 0) throw new SettingsProblem(describe([...secrets, ...others]))
  const { url, ...rest } = checked.data
  return { ...rest, url: (url ?? `https://${rest.cloudflare.domains?.controlPlane}`).replace(/\/+$/, '') }
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string }

function describe(issues: readonly Issue[]): string {
  const lines = issues.map(({ path, message }) => `  ${placeOf(path)}: ${message}`)
  return [`stacks/settings.ts has ${issues.length === 1 ? 'a problem' : `${issues.length} problems`}:`, ...lines].join(
    '\n',
  )
}

function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  return place === '' ? 'settings' : place.replace(/^\./, '')
}

/** Terraform would read `${…}` and `%{…}` in a text as its own; a text of the settings is only text. */
export function escapeTemplate(text: string): string {
  return text.replace(/[$%](?=\{)/g, (sign) => sign + sign)
}

function escapeAll(value: unknown): unknown {
  if (typeof value === 'string') return escapeTemplate(value)
  if (Array.isArray(value)) return value.map(escapeAll)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, escapeAll(each)]))
}
