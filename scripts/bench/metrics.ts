import { projectCreation } from './create-project.ts'
import { dashboard } from './dashboard.ts'
import type { Metric } from './finding.ts'
import { gateway } from './gateway.ts'
import { idleMemory } from './idle-memory.ts'
import { largeStates } from './large-state.ts'
import { listRows } from './list-rows.ts'
import { localCloud } from './local-cloud.ts'
import { logBatch } from './log-batch.ts'
import { logFanOut } from './log-fan-out.ts'
import { logLines } from './log-lines.ts'
import { recordedApplies } from './recorded-apply.ts'
import { standIn } from './stand-in.ts'
import { stateRequests } from './state-requests.ts'
import { synthesis } from './synthesis.ts'
import { applies } from './terraform-apply.ts'
import { whyRows } from './why-rows.ts'
import { workerSize } from './worker-size.ts'

/** All that is measured, in the order of the table. */
export const metrics: readonly Metric[] = [
  ...applies,
  ...recordedApplies,
  stateRequests,
  dashboard,
  listRows,
  whyRows,
  logBatch,
  logLines,
  logFanOut,
  synthesis,
  workerSize,
  idleMemory,
  localCloud,
  gateway,
  projectCreation,
  standIn,
  largeStates,
]
