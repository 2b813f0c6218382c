import { choose, synthesise } from './choice.ts'
import { command } from './command.ts'
import { look } from './preflight/preflight.ts'
import { refuseMissing, terraform } from './terraform.ts'

/** Plans the named stacks, or all, through the recorder. */
await command(async () => {
  const stacks = choose(synthesise(process.env), process.argv.slice(2))
  refuseMissing(stacks, process.env)
  await look(stacks, process.env)
  for (const stack of stacks) {
    console.log(`\n— ${stack.name}`)
    await terraform(stack, ['init', '-input=false'], process.env)
    await terraform(stack, ['plan', '-input=false', '-lock-timeout=5m'], process.env)
  }
})
