/** Where a GitHub answers. `https://api.github.com` has both at its root, a server of one's own below `/api`. */
type Addresses = { readonly rest: string; readonly graphql: string }

/** The addresses of the GitHub that Terraform's provider takes from `GITHUB_BASE_URL`: with or without `/api/v3`. */
export function githubAddresses(base: string | undefined): Addresses {
  const site = (base || 'https://api.github.com').replace(/\/+$/, '').replace(/\/api\/v3$/, '')
  if (URL.parse(site)?.hostname === 'api.github.com') return { rest: site, graphql: `${site}/graphql` }
  return { rest: `${site}/api/v3`, graphql: `${site}/api/graphql` }
}
