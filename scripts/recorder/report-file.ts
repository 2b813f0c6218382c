import { writeFileSync } from 'node:fs'
import { planDigest } from '../../worker/features/deployments/plan-digest.ts'
import { tell } from '../cli/output.ts'
import type { Recording } from './recording.ts'

/** Tells a file what was recorded, for whatever started this run: its deployment, and its plan as it is kept. It never fails. */
export function writeReport(file: string, { run, plan }: Recording): void {
  const id = run.sender.known?.id ?? null
  const deployment = id === null ? null : { id, url: `${run.server.url}/api/deployments/${id}` }
  const planned = plan && { digest: planDigest(plan), record: plan }
  try {
    writeFileSync(file, JSON.stringify({ deployment, plan: planned }), { mode: 0o600 })
  } catch (error) {
    tell(`Throughline: THROUGHLINE_REPORT cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}
