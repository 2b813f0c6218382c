import type { Construct } from 'constructs'
import { BareProvider, BareResource } from '../typed.ts'

/** No bindings of it exist. Who asks, it learns from AUTH0_DOMAIN, AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET. */
export class Auth0Provider extends BareProvider {
  constructor(scope: Construct) {
    super(scope, 'auth0', 'auth0/auth0', '1.50.0')
  }
}

type TenantProps = { readonly friendly_name: string; readonly support_email: string }

/** There is one in each tenant: making it adopts what is there. */
export class Tenant extends BareResource<TenantProps> {
  constructor(scope: Construct, id: string, props: TenantProps) {
    super(scope, id, 'auth0_tenant', props)
  }
}

type ClientProps = {
  readonly name: string
  readonly app_type: 'spa' | 'regular_web' | 'native'
  readonly callbacks: readonly string[]
  readonly oidc_conformant: boolean
  readonly grant_types: readonly string[]
  readonly jwt_configuration: { readonly alg: 'RS256' }
}

export class Client extends BareResource<ClientProps> {
  constructor(scope: Construct, id: string, props: ClientProps) {
    super(scope, id, 'auth0_client', props)
  }

  get clientId(): string {
    return this.getStringAttribute('client_id')
  }
}

type ResourceServerProps = {
  readonly name: string
  readonly identifier: string
  readonly signing_alg: 'RS256'
  readonly token_lifetime: number
  readonly enforce_policies: boolean
  readonly token_dialect: 'access_token_authz'
}

export class ResourceServer extends BareResource<ResourceServerProps> {
  constructor(scope: Construct, id: string, props: ResourceServerProps) {
    super(scope, id, 'auth0_resource_server', props)
  }

  get identifier(): string {
    return this.getStringAttribute('identifier')
  }
}

type ScopesProps = {
  readonly resource_server_identifier: string
  readonly scopes: readonly { readonly name: string; readonly description: string }[]
}

/** All scopes of an API: others are removed. */
export class ResourceServerScopes extends BareResource<ScopesProps> {
  constructor(scope: Construct, id: string, props: ScopesProps) {
    super(scope, id, 'auth0_resource_server_scopes', props)
  }
}

type RoleProps = { readonly name: string; readonly description: string }

export class Role extends BareResource<RoleProps> {
  constructor(scope: Construct, id: string, props: RoleProps) {
    super(scope, id, 'auth0_role', props)
  }
}

type RolePermissionsProps = {
  readonly role_id: string
  readonly permissions: readonly { readonly name: string; readonly resource_server_identifier: string }[]
}

/** All permissions of a role: others are removed. */
export class RolePermissions extends BareResource<RolePermissionsProps> {
  constructor(scope: Construct, id: string, props: RolePermissionsProps, after: ResourceServerScopes) {
    super(scope, id, 'auth0_role_permissions', props, { dependsOn: [after] })
  }
}
