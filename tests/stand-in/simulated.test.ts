import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Folder } from './terraform.ts'

const folders: Folder[] = []
function newFolder(): Folder {
  const folder = new Folder()
  folders.push(folder)
  return folder
}
afterAll(() => {
  for (const folder of folders) folder.remove()
})

const account_id = 'a'.repeat(32)
const terraform = {
  required_providers: {
    cloudflare: { source: 'cloudflare/cloudflare', version: '5.14.0' },
    github: { source: 'integrations/github', version: '6.9.0' },
    azurerm: { source: 'azurerm', version: '4.55.0' },
    auth0: { source: 'auth0/auth0', version: '1.50.0' },
  },
}
const provider = {
  cloudflare: [{}],
  github: [{ owner: 'acme' }],
  azurerm: [{ features: [{}] }],
  auth0: [{ domain: 'x' }],
}
const group = '${azurerm_resource_group.plane.name}'
const resource = {
  cloudflare_zero_trust_access_policy: {
    staff: { account_id, name: 'staff', decision: 'allow', include: [{ email_domain: { domain: 'example.com' } }] },
  },
  cloudflare_zero_trust_access_application: {
    dashboard: {
      account_id,
      name: 'dashboard',
      type: 'self_hosted',
      domain: 'plane.example.com',
      policies: [{ id: '${cloudflare_zero_trust_access_policy.staff.id}', precedence: 1 }],
    },
  },
  cloudflare_d1_database: { db: { account_id, name: 'events' } },
  github_repository: { shop: { name: 'shop', visibility: 'private' } },
  github_repository_webhook: {
    plane: {
      repository: '${github_repository.shop.name}',
      events: ['push'],
      configuration: { url: 'https://plane.example.com/hook', content_type: 'json', secret: 'hook-hush' },
    },
  },
  azurerm_resource_group: { plane: { name: 'plane', location: 'westeurope', tags: { owner: 'plane' } } },
  azurerm_key_vault: {
    plane: {
      name: 'plane',
      location: 'westeurope',
      resource_group_name: group,
      sku_name: 'standard',
      tenant_id: '${data.azurerm_client_config.me.tenant_id}',
    },
  },
  azurerm_container_group: {
    connector: {
      name: 'connector',
      location: 'westeurope',
      resource_group_name: group,
      os_type: 'Linux',
      container: [{ name: 'tunnel', image: 'cloudflare/cloudflared:2026.1.0', cpu: 0.5, memory: 0.5 }],
    },
  },
  azurerm_consumption_budget_resource_group: {
    budget: {
      name: 'budget',
      resource_group_id: '${azurerm_resource_group.plane.id}',
      amount: 50,
      time_period: { start_date: '2026-01-01T00:00:00Z' },
      notification: [{ operator: 'GreaterThan', threshold: 90, contact_emails: ['a@example.com'] }],
    },
  },
  auth0_tenant: { plane: { friendly_name: 'Plane', flags: [{ enable_client_connections: false }] } },
  auth0_client: {
    web: { name: 'web', app_type: 'spa', jwt_configuration: { alg: 'RS256' }, client_metadata: { teamName: 'plane' } },
  },
  auth0_resource_server: { api: { identifier: 'https://plane.example.com/api', name: 'api' } },
  auth0_client_grant: {
    grant: {
      client_id: '${auth0_client.web.client_id}',
      audience: '${auth0_resource_server.api.identifier}',
      scopes: ['read:runs'],
    },
  },
  auth0_role: { reader: { name: 'reader', description: 'Reads' } },
}
const data = { azurerm_client_config: { me: {} } }
const size = Object.keys(resource).length

test('four providers without a cloud: what is made is kept in the state, and nothing is left to do', async () => {
  const folder = newFolder().write({ terraform, provider, resource, data })
  await folder.do('init')
  expect(await folder.do('validate')).toContain('The configuration is valid')
  const applied = await folder.apply()
  expect(applied).toContain(`Resources: ${size} added`)
  expect(applied).not.toContain('hook-hush')
  expect(applied).toContain('Warning: No cloud for cloudflare/cloudflare')
  expect((await folder.plan()).output).toContain('No changes')
  expect(folder.attributes('azurerm_key_vault.plane')['tenant_id']).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)

  folder.write({
    terraform,
    provider,
    data,
    resource: {
      ...resource,
      azurerm_resource_group: { plane: { name: 'plane', location: 'northeurope', tags: { owner: 'plane' } } },
      auth0_role: { reader: { name: 'readers', description: 'Reads' } },
    },
  })
  const { output } = await folder.plan()
  expect(output).toContain('azurerm_resource_group.plane must be replaced')
  expect(output).toContain('auth0_role.reader will be updated in-place')

  folder.write({ terraform, provider })
  expect(await folder.apply()).toContain(`${size} destroyed`)
}, 60_000)

describe('the command', () => {
  test.each([
    ['a folder without configuration', () => newFolder(), 'There is no *.tf.json in'],
    [
      'a configuration that is no JSON',
      () => {
        const folder = newFolder()
        writeFileSync(join(folder.path, 'cdk.tf.json'), '{ "terraform": ')
        return folder
      },
      'cdk.tf.json cannot be read',
    ],
  ])('says what is wrong with %s', async (_, make, sentence) => {
    const { code, output } = await make().run('version')
    expect(code).toBe(1)
    expect(output).toContain(sentence)
    expect(output).not.toContain('    at ')
  })
})
