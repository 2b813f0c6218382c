import { Refusal } from '../embedded/refusal.ts'

/**
 * What a command does: it gets what follows its name, and its own row, and resolves to the exit code. A `Refusal` that
 * it throws is told.
 */
export type Run = (args: readonly string[], command: Command) => Promise<number>

/** Why a command was called in vain: the exit code is 2, as with other programs, and not 1. */
export class Misuse extends Refusal {}

/** A row of the table of commands. */
export type Command = {
  /** The name and what follows it, for the help: `logs [-f] <id>`. */
  readonly usage: string
  /** One sentence for the help. */
  readonly summary: string
  /** The code is loaded when the command is called: the recorder does not wait for what only others need. */
  readonly load: () => Promise<Run>
}

/** Commands by the word that calls them. */
export type Commands = Readonly<Record<string, Command>>
