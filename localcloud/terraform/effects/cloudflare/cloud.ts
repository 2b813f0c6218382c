import { z } from 'zod'
import { localAddress, textOf } from '../address.ts'
import { callApi } from '../api.ts'
import type { Api } from '../api.ts'
import { ApiRefusal } from '../effect.ts'
import type { OpenCloud } from '../effect.ts'

const Envelope = z.object({ result: z.unknown() })
const Refused = z.object({ errors: z.array(z.object({ code: z.number(), message: z.string() })) })

/** The account at `base_url` or `CLOUDFLARE_BASE_URL`, as the real provider finds it. */
export const openCloudflare: OpenCloud = async (config, env) => {
  const address = textOf(config['base_url'], env['CLOUDFLARE_BASE_URL'])
  if (address === null) return null
  const token = textOf(config['api_token'], env['CLOUDFLARE_API_TOKEN'])
  if (token === null) throw new ApiRefusal(0, 'Set api_token of the provider, or CLOUDFLARE_API_TOKEN.')
  const url = localAddress('Cloudflare', address)
  const api: Api = { name: 'Cloudflare', url, token, variable: 'CLOUDFLARE_API_TOKEN', reasons }
  return {
    owner: '',
    call: async (call) => Envelope.parse(await callApi(api, call)).result,
    graphql: async () => ({}),
  }
}

function reasons(body: unknown): string {
  const refused = Refused.safeParse(body)
  if (!refused.success) return String(body)
  return refused.data.errors.map(({ code, message }) => `${message} (${code})`).join('\n')
}
