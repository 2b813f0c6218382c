import type { Commands } from './cli/command.ts'
import { main } from './cli/main.ts'

/** What can be called, in the order of the help. */
const commands: Commands = {}

process.exitCode = await main(commands, process.argv.slice(2))
