import { Refusal } from '../embedded/refusal.ts'
import { Misuse } from './command.ts'
import type { Commands } from './command.ts'
import { tell } from './output.ts'

/** Calls the command that the first argument names. @returns the exit code. */
export async function main(commands: Commands, args: readonly string[]): Promise<number> {
  try {
    return await call(commands, '', args)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    tell(error.message)
    return error instanceof Misuse ? 2 : 1
  }
}

/** Calls the command that the first word names. @param prefix the words before it, with a space: `state `. */
export async function call(commands: Commands, prefix: string, [name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined) {
    process.stderr.write(helpOf(commands))
    return 2
  }
  if (['help', '--help', '-help', '-h'].includes(name)) {
    if (args.length > 0) return call(commands, prefix, [...args, '--help'])
    process.stdout.write(helpOf(commands))
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw await unknown(commands, prefix, name)
  const run = await command.load()
  return run(args, command)
}

async function unknown(commands: Commands, prefix: string, name: string): Promise<Misuse> {
  const { nearest } = await import('./nearest.ts')
  const meant = nearest(name, Object.keys(commands))
  const hint = meant === null ? `\`throughline ${prefix}help\` lists what there is.` : `Did you mean ${prefix}${meant}?`
  return new Misuse(`There is no command ${prefix}${JSON.stringify(name)}. ${hint}`)
}

function helpOf(commands: Commands): string {
  const rows = Object.values(commands).map(({ usage, summary }) => `  throughline ${usage}\n      ${summary}\n`)
  return `${rows.join('')}\nTHROUGHLINE_URL and THROUGHLINE_TOKEN name the server and the token. More: docs/recorder.md, docs/cli.md\n`
}
