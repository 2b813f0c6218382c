import { TerraformOutput } from 'cdktf'
import type { App } from 'cdktf'
import {
  Auth0Provider,
  Client,
  ResourceServer,
  ResourceServerScopes,
  Role,
  RolePermissions,
  Tenant,
} from './auth0/resources.ts'
import { BaseStack } from './base.ts'
import { identifier } from './identifier.ts'
import type { Auth0 } from './schema/auth0.ts'
import type { Settings } from './schema/settings.ts'

/** Who may log in, and what for: the tenant, the client of the dashboard, its API, the roles. */
export class Auth0Stack extends BaseStack {
  constructor(app: App, settings: Settings, { tenant, client, api, roles }: Auth0) {
    super(app, 'auth0', settings)
    new Auth0Provider(this)
    new Tenant(this, 'tenant', { friendly_name: tenant.friendlyName, support_email: tenant.supportEmail })
    const { clientId } = new Client(this, 'client', {
      name: client.name,
      app_type: client.type,
      callbacks: client.callbacks,
      oidc_conformant: true,
      grant_types: ['authorization_code', 'refresh_token'],
      jwt_configuration: { alg: 'RS256' },
    })
    new TerraformOutput(this, 'client_id', { value: clientId, description: 'What the dashboard logs in with.' })
    this.#permit(api, roles)
  }

  #permit(api: Auth0['api'], roles: Auth0['roles']): void {
    const { identifier: audience } = new ResourceServer(this, 'api', {
      name: api.name,
      identifier: api.identifier,
      signing_alg: 'RS256',
      token_lifetime: api.tokenLifetimeSeconds,
      enforce_policies: true,
      token_dialect: 'access_token_authz',
    })
    const scopes = new ResourceServerScopes(this, 'scopes', {
      resource_server_identifier: audience,
      scopes: api.scopes,
    })
    for (const { name, description, scopes: granted } of roles) {
      const role = new Role(this, identifier('role', name), { name, description })
      if (granted.length === 0) continue
      const permissions = granted.map((scope) => ({ name: scope, resource_server_identifier: audience }))
      new RolePermissions(this, identifier('permissions', name), { role_id: role.id, permissions }, scopes)
    }
  }
}
