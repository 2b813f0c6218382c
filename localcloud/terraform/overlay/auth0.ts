import type { Block } from '../schema/schema.ts'
import type { Facts } from './facts.ts'
import { several, written } from './written.ts'

/** How the provider is configured. Source: docs/index.md of auth0/terraform-provider-auth0. */
export const auth0Configuration = written({
  domain: '? string',
  audience: '? string',
  client_id: '? string',
  client_secret: '? string',
  api_token: '? string',
  cli_login: '? bool',
  dynamic_credentials: '? bool',
  debug: '? bool',
})

/** There is no package: what people use of seven types. Source: docs/resources/*.md of auth0/terraform-provider-auth0 1.x. */
export const auth0Types: { readonly [type: string]: Block } = {
  auth0_tenant: written(
    {
      id: '* string',
      friendly_name: '?* string',
      picture_url: '?* string',
      support_email: '?* string',
      support_url: '?* string',
      allowed_logout_urls: '?* list',
      enabled_locales: '?* list',
      default_audience: '?* string',
      default_directory: '?* string',
      default_redirection_uri: '?* string',
      sandbox_version: '?* string',
      session_lifetime: '? number',
      idle_session_lifetime: '? number',
    },
    {
      flags: written({
        disable_clickjack_protection_headers: '?* bool',
        enable_public_signup_user_exists_error: '?* bool',
        enable_client_connections: '?* bool',
        enable_apis_section: '?* bool',
        revoke_refresh_token_grant: '?* bool',
        use_scope_descriptions_for_consent: '?* bool',
        no_disclose_enterprise_connections: '?* bool',
      }),
      session_cookie: written({ mode: '? string' }),
      sessions: written({ oidc_logout_prompt_enabled: '? bool' }),
      error_page: written({ html: '? string', show_log_link: '? bool', url: '? string' }),
    },
  ),
  auth0_client: written(
    {
      id: '* string',
      client_id: '* string',
      name: '! string',
      description: '? string',
      app_type: '? string',
      logo_uri: '? string',
      is_first_party: '?* bool',
      oidc_conformant: '?* bool',
      callbacks: '? list',
      allowed_logout_urls: '? list',
      allowed_origins: '? list',
      web_origins: '? list',
      grant_types: '?* list',
      organization_usage: '? string',
      initiate_login_uri: '? string',
      sso: '? bool',
      sso_disabled: '? bool',
      cross_origin_auth: '? bool',
      custom_login_page_on: '?* bool',
      client_metadata: '? map',
    },
    {
      jwt_configuration: written({
        lifetime_in_seconds: '?* number',
        secret_encoded: '?* bool',
        scopes: '? map',
        alg: '? string',
      }),
      refresh_token: written({
        rotation_type: '! string',
        expiration_type: '! string',
        leeway: '?* number',
        token_lifetime: '?* number',
        infinite_token_lifetime: '?* bool',
        infinite_idle_token_lifetime: '?* bool',
        idle_token_lifetime: '?* number',
      }),
    },
  ),
  auth0_client_grant: written({
    id: '* string',
    audience: '! string',
    client_id: '! string',
    scopes: '? list',
    subject_type: '? string',
    organization_usage: '? string',
    allow_any_organization: '? bool',
    allow_all_scopes: '? bool',
    authorization_details_types: '? list',
    is_system: '* bool',
  }),
  auth0_resource_server: written({
    id: '* string',
    identifier: '! string',
    name: '? string',
    signing_alg: '?* string',
    signing_secret: '?* string',
    allow_offline_access: '? bool',
    enforce_policies: '? bool',
    token_dialect: '?* string',
    token_lifetime: '?* number',
    token_lifetime_for_web: '?* number',
    skip_consent_for_verifiable_first_party_clients: '? bool',
    verification_location: '? string',
    consent_policy: '?* string',
    client_id: '* string',
    is_system: '* bool',
  }),
  auth0_resource_server_scopes: written(
    { id: '* string', resource_server_identifier: '! string' },
    { scopes: several(written({ name: '! string', description: '? string' })) },
  ),
  auth0_role_permissions: written(
    { id: '* string', role_id: '! string' },
    {
      permissions: several(
        written({
          name: '! string',
          resource_server_identifier: '! string',
          description: '* string',
          resource_server_name: '* string',
        }),
      ),
    },
  ),
  auth0_role: written({ id: '* string', name: '! string', description: '? string' }),
}

/** What replaces. Source: the same documents where they say that something cannot be changed; the rest is by analogy. */
export const auth0Facts: { readonly [type: string]: Facts } = {
  auth0_client_grant: { replaces: ['audience', 'client_id', 'subject_type'] },
  auth0_resource_server_scopes: { replaces: ['resource_server_identifier'] },
  auth0_role_permissions: { replaces: ['role_id'] },
  auth0_resource_server: { replaces: ['identifier'], sensitive: ['signing_secret'] },
}
