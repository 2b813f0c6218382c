import { openWrangler } from './account/shipping.ts'
import { migrated } from './account/wrangler.ts'
import { command } from './stacks/command.ts'

/** Ships the Worker, or with `--migrations` brings its databases up to date. The rest of the words is wrangler's. */
await command(async () => {
  const args = process.argv.slice(2)
  const wrangler = await openWrangler(process.env)
  if (args[0] === '--migrations') for (const binding of migrated) await wrangler.migrate(binding)
  else await wrangler.deploy(args)
})
