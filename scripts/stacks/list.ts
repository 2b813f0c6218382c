import { synthesise } from './choice.ts'
import { command } from './command.ts'
import { resourcesOf, stateOf } from './synthesised.ts'

await command(() => {
  const stacks = synthesise(process.env)
  for (const stack of stacks) {
    const after = stack.dependencies.length > 0 ? `, after ${stack.dependencies.join(', ')}` : ''
    const count = String(resourcesOf(stack)).padStart(3)
    console.log(`${stack.name.padEnd(12)}${count} resources in ${stateOf(stack)}${after}`)
  }
})
