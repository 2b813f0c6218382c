import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusal } from '../embedded/refusal.ts'
import { refuseRealAccounts } from '../embedded/settings.ts'
import { startDemoServer } from './server.ts'
import { play } from './story.ts'

/** Plays the story on a server and clouds of its own, which are gone afterwards. */
async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'throughline-demo-'))
  const began = performance.now()
  try {
    const server = await startDemoServer(join(folder, 'data'))
    try {
      await play(folder, server)
    } finally {
      await server.stop()
    }
    console.log(`\nThat took ${((performance.now() - began) / 1000).toFixed(0)} s. \`npm start\` is the same, to stay.`)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

try {
  refuseRealAccounts(process.env, 'The demo never works')
  await run()
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error)
  process.exitCode = 1
}
