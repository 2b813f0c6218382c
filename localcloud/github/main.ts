import { keepFilesPrivate } from '../../scripts/embedded/folder.ts'
import { Refusal } from '../../scripts/embedded/refusal.ts'
import { firstSignal } from '../../scripts/embedded/signals.ts'
import { startGithub } from './server.ts'
import { readOptions } from './settings.ts'

/** The local GitHub alone, until a signal asks it to stop. */
async function run(): Promise<void> {
  const stopped = firstSignal()
  keepFilesPrivate()
  const github = await startGithub(readOptions(process.env))
  console.log(`GitHub is ready: ${github.url} (${github.owner}, token ${github.token})`)
  await stopped
  await github.stop()
}

try {
  await run()
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error)
  process.exit(1)
}
