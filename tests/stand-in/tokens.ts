import type { TestAccount } from '../../localcloud/cloudflare/testing.ts'
import type { Github } from '../../localcloud/github/server.ts'

/** A token of a Cloudflare account with these permissions and no other. */
export async function weakToken(account: TestAccount, ...names: readonly string[]): Promise<string> {
  const { base, accountId, call } = account
  const groups = (await call<{ id: string; name: string }[]>('GET', `${base}/tokens/permission_groups`)).result
  const policy = {
    effect: 'allow',
    permission_groups: groups.filter(({ name }) => names.includes(name)).map(({ id }) => ({ id })),
    resources: { [`com.cloudflare.api.account.${accountId}`]: '*' },
  }
  return (await call<{ value: string }>('POST', `${base}/tokens`, { name: names.join(), policies: [policy] })).result
    .value
}

/** A token of somebody who owns nothing on a GitHub. */
export async function strangerToken({ url, token }: Github, login: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const make = async (what: string) =>
    fetch(`${url}/_local/${what}`, { method: 'POST', headers, body: JSON.stringify({ login }) })
  await make('users')
  return ((await (await make('tokens')).json()) as { token: string }).token
}
