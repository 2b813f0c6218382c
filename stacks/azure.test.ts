import { edited, resources, synthesised } from './testing.ts'

const { azure } = synthesised().documents

test('everything that can have tags says whose it is', () => {
  const tags = { project: 'throughline', owner: 'platform@example.com', 'managed-by': 'throughline' }
  for (const type of ['resource_group', 'key_vault', 'container_group', 'user_assigned_identity'])
    for (const each of resources(azure, `azurerm_${type}`)) expect(each).toMatchObject({ tags })
})

test('Actions act on Azure by the tokens of their runs, not by a client secret', () => {
  const credentials = resources(azure, 'azurerm_federated_identity_credential')
  expect(credentials.map(({ parent_id: identity, subject }) => [identity, subject])).toEqual([
    ['${azurerm_user_assigned_identity.actions.id}', 'repo:example/throughline:environment:production'],
    ['${azurerm_user_assigned_identity.plans.id}', 'repo:example/throughline:pull_request'],
    ['${azurerm_user_assigned_identity.plans.id}', 'repo:example/throughline:ref:refs/heads/main'],
  ])
  for (const credential of credentials)
    expect(credential).toMatchObject({
      issuer: 'https://token.actions.githubusercontent.com',
      audience: ['api://AzureADTokenExchange'],
    })
  expect(credentials[2]?.['depends_on']).toEqual(['azurerm_federated_identity_credential.pulls-throughline'])
  expect(JSON.stringify(azure)).not.toContain('client_secret')
})

test('who applies may change the group and nothing else of the subscription, and who plans may read it', () => {
  const scope = '${azurerm_resource_group.group.id}'
  expect(resources(azure, 'azurerm_role_assignment')).toEqual([
    {
      scope,
      role_definition_name: 'Contributor',
      principal_id: '${azurerm_user_assigned_identity.actions.principal_id}',
    },
    { scope, role_definition_name: 'Reader', principal_id: '${azurerm_user_assigned_identity.plans.principal_id}' },
  ])
})

test('the key vault asks roles, and keeps what was deleted', () => {
  expect(resources(azure, 'azurerm_key_vault')).toMatchObject([
    { rbac_authorization_enabled: true, purge_protection_enabled: true, lifecycle: { prevent_destroy: true } },
  ])
})

test('the connector listens to nobody, and its token is a variable', () => {
  expect(resources(azure, 'azurerm_container_group')).toMatchObject([
    {
      ip_address_type: 'None',
      container: [{ secure_environment_variables: { TUNNEL_TOKEN: '${var.connector_token}' } }],
    },
  ])
})

test('somebody is told before the budget is spent', () => {
  expect(resources(azure, 'azurerm_consumption_budget_resource_group')).toMatchObject([
    {
      amount: 50,
      time_period: { start_date: '2026-12-01T00:00:00Z' },
      notification: [
        { threshold: 80, threshold_type: 'Actual', contact_emails: ['platform@example.com'] },
        { threshold: 100, threshold_type: 'Forecasted' },
      ],
    },
  ])
})

test('connector, budget, and all of Azure and Auth0 may be left out', () => {
  const less = synthesised(
    edited((settings) => {
      delete settings.azure?.connector
      delete settings.azure?.budget
      delete settings.auth0
    }),
  ).documents
  expect(less['auth0']).toBeUndefined()
  expect(Object.keys(less['azure']?.resource ?? {})).not.toContain('azurerm_container_group')
  expect(less['azure']?.variable).toEqual({})
  const none = synthesised(edited((settings) => delete settings.azure)).documents
  expect(Object.keys(none).toSorted()).toEqual(['auth0', 'cloudflare', 'domains', 'github'])
})
