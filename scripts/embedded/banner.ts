import { addressFor } from './settings.ts'
import type { Settings } from './settings.ts'

/** What a newcomer needs, then readiness as the last line. A token from the environment is not repeated. */
export function bannerFor(settings: Settings, keptToken: string | null): string {
  const address = addressFor(settings)
  const password = keptToken ?? '"$CLIENT_AUTH_TOKEN"'
  return `
  Reference  ${address}/docs
  Data       ${settings.folder}
  Token      ${keptToken ?? 'the CLIENT_AUTH_TOKEN of the environment'}

  Any Terraform with \`backend "http" {}\` keeps its state here, under any name instead of demo:
  export TF_HTTP_ADDRESS=${address}/state/demo TF_HTTP_USERNAME=x
  export TF_HTTP_LOCK_ADDRESS=$TF_HTTP_ADDRESS TF_HTTP_UNLOCK_ADDRESS=$TF_HTTP_ADDRESS
  export TF_HTTP_PASSWORD=${password}

Throughline is ready: ${address}`
}
