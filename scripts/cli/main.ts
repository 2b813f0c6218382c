import { Refusal } from '../embedded/refusal.ts'
import type { Commands } from './command.ts'
import { tell } from './output.ts'

/** Calls the command that the first argument names. @returns the exit code. */
export async function main(commands: Commands, [name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || ['help', '--help', '-help', '-h'].includes(name)) {
    process.stdout.write(helpOf(commands))
    return name === undefined ? 1 : 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    tell(`There is no command ${JSON.stringify(name)}. \`throughline help\` lists what there is.`)
    return 1
  }
  try {
    const run = await command.load()
    return await run(args)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    tell(error.message)
    return 1
  }
}

function helpOf(commands: Commands): string {
  const rows = Object.values(commands).map(({ usage, summary }) => `  throughline ${usage}\n      ${summary}\n`)
  return `${rows.join('')}\nTHROUGHLINE_URL and THROUGHLINE_TOKEN name the server and the token. More: docs/recorder.md\n`
}
