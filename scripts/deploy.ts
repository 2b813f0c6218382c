import { checkSettings, SettingsProblem } from '../stacks/schema/settings.ts'
import { settings } from '../stacks/settings.ts'
import { runTool } from './checks/tool.ts'
import { copyAssets } from './embedded/bundle.ts'
import { Refusal } from './embedded/refusal.ts'
import { command } from './stacks/command.ts'
import { trustIn } from './stacks/trust.ts'

/** The settings say where the control plane answers, unless the shell does, as for the stacks. */
function readSettings({ THROUGHLINE_URL, WORKER_URL }: NodeJS.ProcessEnv) {
  const url = THROUGHLINE_URL || WORKER_URL
  try {
    return checkSettings(url ? { ...settings, url } : settings)
  } catch (error) {
    throw error instanceof SettingsProblem ? new Refusal(error.message) : error
  }
}

await command(async () => {
  const checked = readSettings(process.env)
  const { accountId } = checked.cloudflare
  const vars = [`GITHUB_TRUST:${trustIn(checked)}`, `CLOUDFLARE_ACCOUNT_ID:${accountId}`]
  await copyAssets()
  const wrangler = [
    'wrangler',
    'deploy',
    '-c',
    'worker/wrangler.json',
    '--minify',
    ...vars.flatMap((one) => ['--var', one]),
  ]
  process.exitCode = runTool([...wrangler, ...process.argv.slice(2)])
})
