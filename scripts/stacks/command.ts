import { codeOf, Refusal } from '../embedded/refusal.ts'

/** Runs what a person called: a refusal is a sentence and an exit code, not a trace. */
export async function command(run: () => Promise<void> | void): Promise<void> {
  try {
    await run()
  } catch (error) {
    const isMeant = error instanceof Refusal || codeOf(error).startsWith('ERR_PARSE_ARGS')
    if (!(error instanceof Error) || !isMeant) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
