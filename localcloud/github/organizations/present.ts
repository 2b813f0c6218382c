import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import { nodeId } from '../platform/ids.ts'
import type { Site } from '../platform/site.ts'
import type { Team } from './schema.ts'

export function teamJson({ site }: { readonly site: Site }, organization: Account, team: Team): Json {
  const url = `${site.api}/organizations/${organization.id}/team/${team.id}`
  return {
    id: team.id,
    node_id: nodeId('Team', team.id),
    url,
    html_url: `${site.html}/orgs/${organization.login}/teams/${team.slug}`,
    name: team.name,
    slug: team.slug,
    description: team.description,
    privacy: team.privacy,
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    parent: null,
    type: 'organization',
    organization_id: organization.id,
  }
}
