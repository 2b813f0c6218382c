import { z } from 'zod'
import { atMost } from './finding.ts'
import type { Metric } from './finding.ts'
import { withSeeded } from './metered-server.ts'

const Why = z.object({ complete: z.literal(true), edges: z.array(z.object({ from: z.object({ kind: z.string() }) })) })
const chain = ['deployment', 'plan', 'command', 'commit', 'task']

/** How much is read to tell why a resource is as it is. */
export const whyRows: Metric = {
  name: 'why rows',
  limitSeconds: 120,
  measure: (quick) =>
    withSeeded(quick ? 0.1 : 1, async (ask) => {
      const address = encodeURIComponent('github_kind0.service_3')
      const { body, rowsRead } = await ask(`/api/why?resource=${address}&depth=10`)
      const kinds = new Set(Why.parse(body).edges.map(({ from }) => from.kind))
      if (!chain.every((kind) => kinds.has(kind))) throw new Error(`The walk saw only ${[...kinds].join(', ')}.`)
      const words = 'Rows read by `/api/why`, from the resource up to its task'
      return [atMost(words, rowsRead, { target: 200, show: (rows) => `${rows} rows`, noisy: false })]
    }),
}
