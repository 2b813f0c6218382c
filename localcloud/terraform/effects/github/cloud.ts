import { z } from 'zod'
import { localAddress, textOf } from '../address.ts'
import { askGraphql, callApi } from '../api.ts'
import type { Api } from '../api.ts'
import { ApiRefusal } from '../effect.ts'
import type { OpenCloud } from '../effect.ts'

const User = z.object({ login: z.string() })
const Refused = z.object({ message: z.string(), errors: z.array(z.unknown()).optional() })

/** The GitHub at `base_url` or `GITHUB_BASE_URL`, as the real provider finds it. */
export const openGithub: OpenCloud = async (config, env) => {
  const address = textOf(config['base_url'], env['GITHUB_BASE_URL'])
  if (address === null) return null
  const token = textOf(config['token'], env['GITHUB_TOKEN'])
  if (token === null) throw new ApiRefusal(0, 'Set token of the provider, or GITHUB_TOKEN.')
  const site = localAddress('GitHub', address).replace(/\/api\/v3$/, '')
  const api: Api = { name: 'GitHub', url: `${site}/api/v3`, token, variable: 'GITHUB_TOKEN', reasons }
  const named = textOf(config['owner'], config['organization'], env['GITHUB_OWNER'])
  const owner = named ?? User.parse(await callApi(api, { method: 'GET', path: '/user' })).login
  return {
    owner,
    call: async (call) => callApi(api, call),
    graphql: async (query, variables) => askGraphql({ ...api, url: `${site}/api/graphql` }, query, variables),
  }
}

function reasons(body: unknown): string {
  const refused = Refused.safeParse(body)
  if (!refused.success) return String(body)
  const { message, errors = [] } = refused.data
  return [message, ...errors.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))].join('\n')
}
