import { readSettings } from '../../stacks/owners-settings.ts'
import { checkSettings, SettingsProblem } from '../../stacks/schema/settings.ts'
import type { Settings } from '../../stacks/schema/settings.ts'
import { Refusal } from '../embedded/refusal.ts'
import { apiUrlIn } from './api.ts'
import type { Place } from './api.ts'

/** `stacks/settings.ts`, checked. @param url where the control plane answers, when that is not where the settings say */
export async function ownSettings(url?: string): Promise<Settings> {
  try {
    const settings = await readSettings()
    return checkSettings(url ? { ...settings, url } : settings)
  } catch (error) {
    throw error instanceof SettingsProblem ? new Refusal(error.message) : error
  }
}

/** The account of the settings, as the shell may act on it. @throws Refusal when the shell means another */
export function placeIn({ cloudflare: { accountId: id } }: Settings, env: NodeJS.ProcessEnv): Place {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ACCOUNT_ID: other } = env
  if (other && other !== id)
    throw new Refusal(`CLOUDFLARE_ACCOUNT_ID is ${other}, but cloudflare.accountId in stacks/settings.ts is ${id}.`)
  if (!token) throw new Refusal('CLOUDFLARE_API_TOKEN is not set: it is a token of the Cloudflare account.')
  return { apiUrl: apiUrlIn(env), id, token }
}
