import { z } from 'zod'

const Document = z.object({
  variable: z
    .record(z.string(), z.object({ default: z.unknown().optional(), description: z.string().default('') }))
    .default({}),
  provider: z.record(z.string(), z.unknown()).default({}),
  terraform: z.object({ backend: z.record(z.string(), z.unknown()).default({}) }).prefault({}),
})

/** A value that Terraform takes from the environment; one of the names is enough. */
export type Requirement = { readonly anyOf: readonly [string, ...string[]]; readonly purpose: string }

const backends: Readonly<Record<string, readonly Requirement[]>> = {
  http: [
    {
      anyOf: ['THROUGHLINE_TOKEN', 'TF_HTTP_PASSWORD'],
      purpose: 'a token of the control plane, which keeps the state',
    },
  ],
}

const providers: Readonly<Record<string, readonly Requirement[]>> = {
  cloudflare: [{ anyOf: ['CLOUDFLARE_API_TOKEN'], purpose: 'a token of the Cloudflare account' }],
  github: [{ anyOf: ['GITHUB_TOKEN'], purpose: 'a GitHub token that may administer the repositories' }],
  azurerm: [{ anyOf: ['ARM_CLIENT_ID', 'ARM_USE_CLI'], purpose: 'who acts on Azure, or true after az login' }],
  auth0: [
    { anyOf: ['AUTH0_DOMAIN'], purpose: 'the domain of the Auth0 tenant' },
    { anyOf: ['AUTH0_CLIENT_ID', 'AUTH0_API_TOKEN'], purpose: 'who acts on the Auth0 tenant' },
    { anyOf: ['AUTH0_CLIENT_SECRET', 'AUTH0_API_TOKEN'], purpose: 'and how it proves that' },
  ],
}

/** What must be set before a synthesised stack can be planned. Reads the document alone: no cdktf is loaded. */
export function requiredVariables(document: unknown): Requirement[] {
  const { variable, provider, terraform } = Document.parse(document)
  const variables = Object.entries(variable).filter(([, each]) => each.default === undefined)
  return [
    ...Object.keys(terraform.backend).flatMap((name) => backends[name] ?? []),
    ...Object.keys(provider).flatMap((name) => providers[name] ?? []),
    ...variables.map(([name, { description }]): Requirement => ({ anyOf: [`TF_VAR_${name}`], purpose: description })),
  ]
}

/** What the environment lacks for these stacks, all of it in one text, or null when nothing. */
export function describeMissing(
  documents: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const lacking = new Map<string, { readonly purpose: string; readonly stacks: string[] }>()
  for (const [stack, document] of Object.entries(documents)) {
    for (const { anyOf, purpose } of requiredVariables(document).filter((each) => !isMet(each, env))) {
      const names = anyOf.join(' or ')
      const entry = lacking.get(names) ?? { purpose, stacks: [] }
      entry.stacks.push(stack)
      lacking.set(names, entry)
    }
  }
  if (lacking.size === 0) return null
  const lines = [...lacking].map(([names, { purpose, stacks }]) => `  ${names}: ${purpose} (${stacks.join(', ')})`)
  return [`${lines.length === 1 ? 'A variable is' : 'These variables are'} not set:`, ...lines].join('\n')
}

function isMet({ anyOf }: Requirement, env: Readonly<Record<string, string | undefined>>): boolean {
  return anyOf.some((name) => env[name])
}
