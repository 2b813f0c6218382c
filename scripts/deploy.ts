import { checkSettings, SettingsProblem } from '../stacks/schema/settings.ts'
import { settings } from '../stacks/settings.ts'
import { runTool } from './checks/tool.ts'
import { copyAssets } from './embedded/bundle.ts'
import { Refusal } from './embedded/refusal.ts'
import { command } from './stacks/command.ts'
import { trustIn } from './stacks/trust.ts'

/** The settings say where the control plane answers, unless the shell does, as for the stacks. */
function readTrust({ THROUGHLINE_URL, WORKER_URL }: NodeJS.ProcessEnv): string {
  const url = THROUGHLINE_URL || WORKER_URL
  try {
    return trustIn(checkSettings(url ? { ...settings, url } : settings))
  } catch (error) {
    throw error instanceof SettingsProblem ? new Refusal(error.message) : error
  }
}

await command(async () => {
  const trust = readTrust(process.env)
  await copyAssets()
  const wrangler = ['wrangler', 'deploy', '-c', 'worker/wrangler.json', '--minify', '--var', `GITHUB_TRUST:${trust}`]
  process.exitCode = runTool([...wrangler, ...process.argv.slice(2)])
})
