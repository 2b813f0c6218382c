import { enableCompileCache } from 'node:module'
import type { Commands } from './cli/command.ts'

/** What can be called, in the order of the help. */
const commands: Commands = {}

// Modules that are imported from here on are compiled once for all runs.
enableCompileCache()
const { main } = await import('./cli/main.ts')
process.exitCode = await main(commands, process.argv.slice(2))
