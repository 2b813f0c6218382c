import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atMost, seconds } from './finding.ts'
import type { Metric } from './finding.ts'
import { quantile } from './ratio.ts'

const root = join(import.meta.dirname, '../..')
const cache = join(root, '.build/terraform')

/** One resource of each of these types, of three packages and one provider without any. */
const types = {
  azurerm: ['resource_group', 'key_vault', 'container_group', 'consumption_budget_resource_group', 'role_assignment'],
  cloudflare: ['worker', 'zero_trust_access_application', 'zero_trust_access_policy', 'zone'],
  github: ['repository', 'team', 'repository_ruleset', 'repository_environment_deployment_policy'],
  auth0: ['client', 'role'],
}
const resource = Object.fromEntries(
  Object.entries(types).flatMap(([prefix, names]) => names.map((name) => [`${prefix}_${name}`, { one: {} }])),
)

/** How long terraform waits for its providers: the time of a command that does nothing else. */
export const standIn: Metric = {
  name: 'terraform stand-in',
  limitSeconds: 60,
  async measure(quick) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-stand-in-'))
    writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify({ resource }))
    try {
      const [cold, warm]: [number[], number[]] = [[], []]
      for (let round = 0; round < (quick ? 2 : 7); round++) {
        rmSync(cache, { recursive: true, force: true })
        cold.push(await start(folder))
        // The second start still compiles what the first one had no time to keep.
        await start(folder)
        warm.push(await start(folder))
      }
      const limit = { show: seconds, noisy: true }
      return [
        atMost('Providers stood in for, without a cache', quantile(cold, 0.5), { ...limit, target: 2500 }, cold),
        atMost('Providers stood in for, from their cache', quantile(warm, 0.5), { ...limit, target: 500 }, warm),
      ]
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

async function start(folder: string): Promise<number> {
  const began = performance.now()
  const main = join(root, 'localcloud/terraform/main.ts')
  const child = spawn(process.execPath, [main, `-chdir=${folder}`, '--', 'true'], { stdio: 'inherit' })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`The stand-in ended with ${String(code)}.`)
  return performance.now() - began
}
