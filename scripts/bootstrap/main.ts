import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { keepFilesPrivate } from '../embedded/folder.ts'
import { command } from '../stacks/command.ts'
import { answer } from './answer.ts'
import { addressOf } from './control-plane.ts'
import { deployment } from './deployment.ts'
import { inventory } from './inventory.ts'
import { migrations } from './migrations.ts'
import { move } from './move.ts'
import { platform } from './platform.ts'
import { walk } from './step.ts'
import { inWorld } from './world.ts'
import type { World } from './world.ts'

/** From nothing to a control plane. Each step looks first, so that a run that was killed is finished by the next. */
const steps = [platform, migrations, deployment, answer, move, inventory]

await command(async () => {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } })
  keepFilesPrivate()
  await inWorld(process.env, values['dry-run'], async (world) => {
    console.log(`The account ${world.account.place.id} at ${world.account.place.apiUrl}`)
    await walk(steps, world)
    if (world.isDry) console.log('\nNothing was changed.')
    else await tellHowToGoOn(world)
  })
})

async function tellHowToGoOn(world: World): Promise<void> {
  const file = join(world.folder, 'credentials.json')
  const address = await addressOf(world)
  const token = existsSync(file)
    ? `$(node -p 'require("./${relative(process.cwd(), file)}").client_auth_token')`
    : '$CLIENT_AUTH_TOKEN'
  console.log(`
The control plane runs. For npm run plan and npm run deploy:stacks:
  export THROUGHLINE_URL=${address}
  export THROUGHLINE_TOKEN="${token}"`)
  const { url } = world.settings
  if (url === address || world.account.isLocal) return
  console.log(`The settings say ${url}. npm run deploy:stacks -- domains makes that so; then unset THROUGHLINE_URL.`)
}
