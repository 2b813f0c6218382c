import { resources, synthesised } from './testing.ts'

const { auth0 } = synthesised().documents

test('the provider has no binding, but its source, a version, and no credential', () => {
  expect(auth0?.terraform['required_providers']).toEqual({ auth0: { source: 'auth0/auth0', version: '1.50.0' } })
  expect(auth0?.['provider']).toEqual({ auth0: [{}] })
})

test('the dashboard logs in without a secret of its own', () => {
  expect(resources(auth0, 'auth0_client')).toEqual([
    {
      name: 'Throughline dashboard',
      app_type: 'spa',
      callbacks: ['https://throughline.example.com/callback'],
      oidc_conformant: true,
      grant_types: ['authorization_code', 'refresh_token'],
      jwt_configuration: { alg: 'RS256' },
    },
  ])
})

test('tokens of the API carry what a role permits', () => {
  expect(resources(auth0, 'auth0_resource_server')).toMatchObject([
    { identifier: 'https://throughline.example.com/api', enforce_policies: true, token_dialect: 'access_token_authz' },
  ])
  const audience = '${auth0_resource_server.api.identifier}'
  expect(resources(auth0, 'auth0_resource_server_scopes')).toMatchObject([
    { resource_server_identifier: audience, scopes: [{ name: 'read' }, { name: 'operate' }] },
  ])
  expect(resources(auth0, 'auth0_role_permissions')).toMatchObject([
    {
      role_id: '${auth0_role.role-operator.id}',
      permissions: [
        { name: 'read', resource_server_identifier: audience },
        { name: 'operate', resource_server_identifier: audience },
      ],
      depends_on: ['auth0_resource_server_scopes.scopes'],
    },
    { role_id: '${auth0_role.role-viewer.id}' },
  ])
})

test('the tenant is the one that is there', () => {
  expect(resources(auth0, 'auth0_tenant')).toEqual([
    { friendly_name: 'Throughline', support_email: 'platform@example.com' },
  ])
})
