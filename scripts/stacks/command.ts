import { Refusal } from '../embedded/refusal.ts'

/** Runs what a person called: a refusal is a sentence and an exit code, not a trace. */
export async function command(run: () => Promise<void> | void): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
