import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { definitions } from '../providers.ts'
import { schemaOf } from './catalog.ts'
import { packageAt, sourceOf } from './package.ts'
import { recover } from './recovery.ts'
import type { Block } from './schema.ts'

const folder = mkdtempSync(join(tmpdir(), 'throughline-schemas-'))
afterAll(() => rmSync(folder, { recursive: true }))

function definition(prefix: string) {
  const found = definitions.find((each) => each.prefix === prefix)
  if (!found) throw new Error(`There is no provider ${prefix}.`)
  return found
}

function schema(prefix: string, resources: string[] = [], dataSources: string[] = []) {
  return schemaOf(definition(prefix), { resources: new Set(resources), dataSources: new Set(dataSources) }, folder)
}

function attribute(block: Block | undefined, name: string) {
  return block?.attributes.find((each) => each.name === name)
}

describe('a schema', () => {
  test('of the plugin framework has nested attributes', () => {
    const queue = schema('cloudflare').resources.get('cloudflare_queue')
    expect(attribute(queue, 'queue_name')).toMatchObject({ type: 'string', required: true, computed: false })
    expect(attribute(queue, 'settings')).toMatchObject({
      optional: true,
      computed: true,
      nested: { nesting: 'SINGLE', attributes: expect.arrayContaining([expect.objectContaining({ type: 'number' })]) },
    })
    expect(attribute(queue, 'consumers')).toMatchObject({ computed: true, nested: { nesting: 'LIST' } })
    expect(attribute(schema('cloudflare').resources.get('cloudflare_account_token'), 'policies')).toMatchObject({
      required: true,
      nested: { nesting: 'SET' },
    })
  })

  test('of the older SDK has blocks', () => {
    const hook = schema('github').resources.get('github_repository_webhook')
    expect(attribute(hook, 'events')).toMatchObject({ type: ['set', 'string'], required: true })
    expect(hook?.blocks).toMatchObject([{ name: 'configuration', nesting: 'LIST', min: 0, max: 1 }])
    const budget = schema('azurerm', ['azurerm_consumption_budget_resource_group']).resources
    const blocks = budget.get('azurerm_consumption_budget_resource_group')?.blocks
    expect(blocks?.find(({ name }) => name === 'notification')).toMatchObject({ nesting: 'SET', min: 1, max: 0 })
    expect(blocks?.find(({ name }) => name === 'timeouts')).toMatchObject({ nesting: 'SINGLE', min: 0 })
  })

  test('tells what is secret and what is not', () => {
    const { provider, resources } = schema('github')
    const secret = resources.get('github_actions_secret')
    expect(attribute(secret, 'plaintext_value')?.sensitive).toBe(true)
    expect(attribute(resources.get('github_actions_variable'), 'value')?.sensitive).toBe(false)
    expect(attribute(provider, 'token')?.sensitive).toBe(true)
    expect(attribute(schema('cloudflare').resources.get('cloudflare_account_token'), 'value')?.sensitive).toBe(true)
  })

  test('of a provider knows how it is configured', () => {
    expect(schema('azurerm').provider.blocks).toMatchObject([{ name: 'features', nesting: 'LIST', max: 1 }])
    expect(attribute(schema('cloudflare').provider, 'base_url')).toMatchObject({ type: 'string', optional: true })
    expect(attribute(schema('auth0').provider, 'client_secret')?.sensitive).toBe(true)
  })
})

describe('the cache', () => {
  test('gives the same as the package, and all that was asked for before: a state may still hold it', () => {
    const first = schema('cloudflare', ['cloudflare_worker'])
    expect(schema('cloudflare', ['cloudflare_worker'])).toEqual(first)
    const more = schema('cloudflare', ['cloudflare_hyperdrive_config'], ['cloudflare_queue'])
    expect(more.resources.has('cloudflare_hyperdrive_config')).toBe(true)
    expect(more.dataSources.has('cloudflare_queue')).toBe(true)
    expect(more.resources.has('cloudflare_worker')).toBe(true)
  })

  test('that cannot be read is made anew', () => {
    const before = schema('github')
    for (const file of readdirSync(folder)) writeFileSync(join(folder, file), '{"types":')
    expect(schema('github')).toEqual(before)
  })

  test('knows that a package has no such type', () => {
    for (const _ of ['fresh', 'kept'])
      expect(schema('github', ['github_nothing']).resources.has('github_nothing')).toBe(false)
  })
})

test.each([
  ['cloudflare', 'plugin', 557],
  ['github', 'sdk', 153],
] as const)('every type of %s can be read', (prefix, framework, count) => {
  const { from } = definition(prefix)
  const source = packageAt(from?.manifest ?? '')
  const parts = readdirSync(join(source.folder, 'lib'), { withFileTypes: true }).filter((each) => each.isDirectory())
  const blocks = parts.flatMap(({ name }) => recover(sourceOf(source, name) ?? '', framework) ?? [])
  expect(blocks.length).toBeGreaterThanOrEqual(count)
  expect(blocks.filter(({ attributes, blocks: nested }) => attributes.length + nested.length === 0)).toEqual([])
})
