import { Problem } from '../../platform/problem.ts'
import { redactText } from '../../platform/redact.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'

/** Why something did not work, as a record may keep it. What nobody expected is told to the log alone. */
export function reasonOf(error: unknown): string {
  if (error instanceof Problem) return error.message
  if (error instanceof CloudflareError) return redactText(`${error.status}: ${error.message}`.slice(0, 300))
  console.error({ lease: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  return 'Something went wrong on our side; the log tells what.'
}
