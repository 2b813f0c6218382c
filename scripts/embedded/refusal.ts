/** Why the server cannot start, as one sentence for whoever started it: never a stack trace. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** The system's code of an error, such as `EADDRINUSE`; empty when it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
