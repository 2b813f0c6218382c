import { join } from 'node:path'
import type { Access } from './clouds.ts'
import { addressFor } from './settings.ts'
import type { Settings } from './settings.ts'

/** What a newcomer needs, then readiness as the last line. A token from the environment is not repeated. */
export function bannerFor(settings: Settings, keptToken: string | null, { cloudflare, github }: Access): string {
  const address = addressFor(settings)
  const password = keptToken ?? '"$CLIENT_AUTH_TOKEN"'
  return `
  Reference  ${address}/docs
  Cloudflare ${cloudflare?.api_url ?? 'none'}
  GitHub     ${github?.api_url ?? 'none'}
  Data       ${settings.folder} (credentials.json holds what scripts need)
  Token      ${keptToken ?? 'the CLIENT_AUTH_TOKEN of the environment'}

  Record what terraform does, in a folder with \`backend "http" {}\`, its state under any name instead of demo:
  alias throughline=${join(import.meta.dirname, '../throughline')}
  export THROUGHLINE_URL=${address} THROUGHLINE_TOKEN=${password} THROUGHLINE_STATE=demo
  throughline terraform init && throughline terraform apply

  Or keep its state here alone, with terraform as it is:
  export TF_HTTP_ADDRESS=${address}/state/demo TF_HTTP_USERNAME=x
  export TF_HTTP_LOCK_ADDRESS=$TF_HTTP_ADDRESS TF_HTTP_UNLOCK_ADDRESS=$TF_HTTP_ADDRESS
  export TF_HTTP_PASSWORD=${password}

Throughline is ready: ${address}`
}
