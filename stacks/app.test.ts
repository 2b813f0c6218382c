import { join } from 'node:path'
import { describeMissing, requiredVariables } from './required-variables.ts'
import { edited, synthesised } from './testing.ts'

const root = join(import.meta.dirname, '..')
const { documents, dependencies } = synthesised()

test.each(Object.entries(documents))(
  '%s keeps its state under its own name, locks it, and holds no credential',
  (name, document) => {
    const address = `https://throughline.example.com/state/throughline/${name}`
    expect(document.terraform['backend']).toEqual({
      http: {
        address,
        lock_address: address,
        lock_method: 'LOCK',
        unlock_address: address,
        unlock_method: 'UNLOCK',
      },
    })
  },
)

test.each(Object.entries(documents))('the providers of %s log in with what the environment says', (_, document) => {
  expect(JSON.stringify(document['provider'])).not.toMatch(/token|secret|password|key/)
})

test.each(Object.entries(documents))('%s says the same wherever it is synthesised', (name, document) => {
  expect(JSON.stringify(document)).not.toContain(root)
  expect(synthesised().documents[name]).toEqual(document)
})

test('what leads to the Worker comes after what the Worker needs', () => {
  expect(dependencies).toEqual({
    cloudflare: [],
    domains: ['cloudflare'],
    github: ['cloudflare'],
    azure: [],
    auth0: [],
  })
})

test('no stack reads the state of another', () => {
  for (const document of Object.values(documents))
    expect(JSON.stringify(document)).not.toContain('terraform_remote_state')
})

test('a plan needs these variables, and one token for all states', () => {
  const names = Object.fromEntries(
    Object.entries(documents).map(([name, document]) => [
      name,
      requiredVariables(document).map(({ anyOf }) => anyOf[0]),
    ]),
  )
  expect(names).toEqual({
    cloudflare: ['THROUGHLINE_TOKEN', 'CLOUDFLARE_API_TOKEN'],
    domains: ['THROUGHLINE_TOKEN', 'CLOUDFLARE_API_TOKEN'],
    github: [
      'THROUGHLINE_TOKEN',
      'GITHUB_TOKEN',
      'TF_VAR_azure_credentials',
      'TF_VAR_cloudflare_api_token',
      'TF_VAR_github_webhook_secret',
    ],
    azure: ['THROUGHLINE_TOKEN', 'ARM_CLIENT_ID', 'TF_VAR_connector_token'],
    auth0: ['THROUGHLINE_TOKEN', 'AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET'],
  })
})

test('all variables that are missing are told at once, each with its purpose', () => {
  const { cloudflare, domains } = documents
  expect(describeMissing({ cloudflare, domains }, {})).toBe(`These variables are not set:
  THROUGHLINE_TOKEN or TF_HTTP_PASSWORD: a token of the control plane, which keeps the state (cloudflare, domains)
  CLOUDFLARE_API_TOKEN: a token of the Cloudflare account (cloudflare, domains)`)
  const env = { TF_HTTP_PASSWORD: 'x', CLOUDFLARE_API_TOKEN: '' }
  expect(describeMissing({ cloudflare }, env)).toBe(
    'A variable is not set:\n  CLOUDFLARE_API_TOKEN: a token of the Cloudflare account (cloudflare)',
  )
  expect(describeMissing({ cloudflare }, { ...env, CLOUDFLARE_API_TOKEN: 'x' })).toBeNull()
})

test('a second repository needs no code', () => {
  const two = edited(({ github: { repositories } }) =>
    repositories.push({ name: 'second.one', visibility: 'internal' }),
  )
  expect(JSON.stringify(synthesised(two).documents['github'])).toContain('"name":"second.one"')
})
