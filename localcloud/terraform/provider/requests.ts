import { z } from 'zod'
import { Wire } from '../protocol/values.ts'

const typed = { type_name: z.string() }
const Bytes = z.instanceof(Uint8Array)

/** What Terraform sends with each call, as far as the answers need it. */
export const requests = {
  configure: z.object({ config: Wire }),
  validate: z.object({ ...typed, config: Wire }),
  upgrade: z.object({ ...typed, raw_state: z.object({ json: Bytes }) }),
  read: z.object({ ...typed, current_state: Wire, private: Bytes }),
  plan: z.object({ ...typed, prior_state: Wire, proposed_new_state: Wire, config: Wire, prior_private: Bytes }),
  apply: z.object({ ...typed, prior_state: Wire, planned_state: Wire, planned_private: Bytes }),
  import: z.object({ ...typed, id: z.string() }),
  data: z.object({ ...typed, config: Wire }),
}
