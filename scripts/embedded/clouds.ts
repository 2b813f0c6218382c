import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { OnTail } from '../../localcloud/cloudflare/runtime/traces.ts'
import { takeFolder } from './folder.ts'
import type { Cloudflare, Github, Settings } from './settings.ts'

/** What the Worker and scripts need to reach the two clouds; null for one that there is not. */
export type Access = {
  readonly cloudflare: { readonly api_url: string; readonly account_id: string; readonly api_token: string } | null
  readonly github: { readonly api_url: string; readonly token: string; readonly webhook_secret: string } | null
}

/** The clouds beside the Worker, until `stop`. */
export type Clouds = {
  readonly access: Access
  /** The account that runs here, if one does. */
  readonly account: Account | null
  /** Who says here which run of Actions somebody is; null where that is GitHub itself. */
  readonly issuer: string | null
  readonly stop: () => Promise<void>
}

type Account = { readonly url: string; readonly token: string }
type Started<Kind> = { readonly access: Kind; readonly stop: () => Promise<void> }
const nothing = { access: null, account: null, issuer: null, stop: async () => undefined }

/** Starts what is local. What is real is only named: nothing is asked of it here. */
export async function startClouds(settings: Settings, onTail: OnTail): Promise<Clouds> {
  const [cloudflare, github] = await Promise.all([
    startCloudflare(settings, settings.cloudflare, onTail),
    startGithub(settings, settings.github),
  ])
  return {
    access: { cloudflare: cloudflare.access, github: github.access },
    account: cloudflare.account,
    issuer: github.issuer,
    stop: async () => {
      await Promise.all([cloudflare.stop(), github.stop()])
    },
  }
}

/** Forgets all that the local clouds hold. @throws Refusal when one of them runs on its own just now. */
export function resetClouds({ folder }: Settings): void {
  const paths = ['cloud', 'github'].map((name) => join(folder, name))
  const taken = paths.map((path) => takeFolder(path))
  for (const path of paths) rmSync(path, { recursive: true })
  for (const { release } of taken) release()
}

async function startCloudflare(
  { host, folder }: Settings,
  wanted: Cloudflare,
  onTail: OnTail,
): Promise<Started<Access['cloudflare']> & { readonly account: Account | null }> {
  if (wanted.kind === 'none') return nothing
  if (wanted.kind === 'real') {
    const access = {
      api_url: 'https://api.cloudflare.com/client/v4',
      account_id: wanted.accountId,
      api_token: wanted.token,
    }
    return { ...nothing, access }
  }
  const { startCloudflare: start } = await import('../../localcloud/cloudflare/server.ts')
  const place = { host, port: wanted.port, folder: join(folder, 'cloud') }
  const { url, accountId, token, stop } = await start({ ...place, onTail })
  const access = { api_url: `${url}/client/v4`, account_id: accountId, api_token: token }
  return { access, account: { url, token }, stop }
}

async function startGithub(
  { host, folder }: Settings,
  wanted: Github,
): Promise<Started<Access['github']> & { readonly issuer: string | null }> {
  if (wanted.kind === 'none') return nothing
  if (wanted.kind === 'real') {
    const access = { api_url: 'https://api.github.com', token: wanted.token, webhook_secret: wanted.webhookSecret }
    return { ...nothing, access }
  }
  const { startGithub: start } = await import('../../localcloud/github/server.ts')
  const path = process.env['PATH'] ?? ''
  const { port, socket, runner } = wanted
  const place = { host, port, socket, runner, folder: join(folder, 'github'), path }
  const { url, token, webhookSecret, stop } = await start(place)
  const access = { api_url: `${url}/api/v3`, token, webhook_secret: webhookSecret }
  return { access, issuer: `${url}/_services/token`, stop }
}
