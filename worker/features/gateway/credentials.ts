import type { Operation } from './operation.ts'

const reading = 'GET HEAD'
const writing = 'POST PUT PATCH DELETE'

/**
 * Operations that hand out or make credentials, let people in, or send what is logged elsewhere: what they give works
 * past the gateway, its policies and its audit. Cloudflare lets some be called with a mere right to read.
 */
const handing: readonly (readonly [methods: string, path: RegExp])[] = [
  [reading, /^accounts\/\{\}\/(?:cfd_tunnel|warp_connector)\/\{\}\/token$/],
  ['POST', /^accounts\/\{\}\/(?:cfd_tunnel|warp_connector)(?:\/\{\}\/management)?$/],
  [reading, /^accounts\/\{\}\/challenges\/widgets(?:\/\{\})?$/],
  [writing, /^accounts\/\{\}\/challenges\/widgets(?:\/|$)/],
  [reading, /^(?:accounts|zones)\/\{\}\/access\/identity_providers(?:\/\{\})?$/],
  [writing, /^(?:accounts|zones)\/\{\}\/access\//],
  [reading, /^(?:accounts|zones)\/\{\}\/logpush\/(?:datasets\/\{\}\/|edge\/)?jobs(?:\/\{\})?$/],
  [writing, /^(?:accounts|zones)\/\{\}\/logpush\//],
  [`${reading} ${writing}`, /^accounts\/\{\}\/workers\/observability\/(?:destinations|metricsexport)(?:\/|$)/],
  [reading, /^accounts\/\{\}\/ai-gateway\/gateways(?:\/\{\}(?:\/provider_configs)?)?$/],
  [`${reading} ${writing}`, /^accounts\/\{\}\/images\/v1\/keys(?:\/|$)/],
  [`${reading} ${writing}`, /^accounts\/\{\}\/stream\/(?:keys|webhook|live_inputs)(?:\/|$)/],
  ['POST', /^accounts\/\{\}\/stream\/\{\}\/token$/],
  [`${reading} ${writing}`, /^accounts\/\{\}\/secondary_dns\/tsigs(?:\/|$)/],
  [reading, /^accounts\/\{\}\/devices\/(?:registrations\/)?\{\}\/override_codes$/],
  [reading, /^accounts\/\{\}\/builds\/workers\/\{\}\/deploy_hooks(?:\/|$)/],
  [reading, /^accounts\/\{\}\/containers\/instances\/\{\}\/ssh$/],
  ['POST', /^accounts\/\{\}\/containers\/registries\/\{\}\/credentials$/],
  ['POST PUT', /^accounts\/\{\}\/calls\/(?:apps|turn_keys)(?:\/|$)/],
  ['POST', /^accounts\/\{\}\/magic\/ipsec_tunnels\/(?:\{\}\/psk_generate|psk)$/],
  [`${reading} ${writing}`, /^accounts\/\{\}\/realtime\/kit\/\{\}\/(?:webhooks|.*\/token)(?:\/|$)/],
  [`${reading} ${writing}`, /\/credential_sets(?:\/|$)/],
  [writing, /\/tokens(?:\/|$)/],
  ['POST', /\/(?:credentials?|rotate_secret|rotate_keys)$/],
]

/** Whether only a policy that names its permission allows an operation, and neither `sdk:read` nor `sdk:*`. */
export function handsOut({ method, template, rule }: Operation): boolean {
  if (rule === 'token' || rule === 'signed') return false
  const path = template.join('/')
  return handing.some(([methods, form]) => methods.split(' ').includes(method) && form.test(path))
}
