import type { Json } from '../../accounts/present.ts'
import { projectMutations } from '../../projects/mutations.ts'
import { commentMutations } from './comments.ts'
import { issueMutations } from './issues.ts'
import { protectionMutations } from './protection.ts'
import { pullMutations } from './pulls.ts'
import { refMutations } from './refs.ts'
import { twinMutations } from './twins.ts'

/** Every mutation that this GitHub has. */
export const mutations: Json = {
  ...issueMutations,
  ...commentMutations,
  ...pullMutations,
  ...refMutations,
  ...protectionMutations,
  ...projectMutations,
  ...twinMutations,
}
