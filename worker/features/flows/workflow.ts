import { WorkflowEntrypoint } from 'cloudflare:workers'
import type { WorkflowEvent, WorkflowStep } from 'cloudflare:workers'
import { takeTurn } from './turn.ts'

/** What an instance is given: which run it goes on with. */
export type FlowParams = { readonly run: number }

/** Faults of ours, such as a database that does not answer: what Cloudflare refuses is the turn's own affair. */
const config = { retries: { limit: 10, delay: '1 second', backoff: 'exponential' }, timeout: '15 minutes' } as const

/** A Workflow that sleeps is put away and called again, which takes longer than this. In milliseconds. */
const shortest = 1000

/** Makes a run go on, turn after turn, over every restart. What was done stands in D1 and nowhere else. */
export class FlowWorkflow extends WorkflowEntrypoint<Env, FlowParams> {
  override async run({ payload, instanceId }: Readonly<WorkflowEvent<FlowParams>>, step: WorkflowStep): Promise<void> {
    for (let turn = 1; ; turn += 1) {
      const { isOver, wait } = await step.do(`turn ${turn}`, config, async () =>
        takeTurn(this.env, payload.run, instanceId),
      )
      if (isOver) return
      if (wait >= shortest) await step.sleep(`pause ${turn}`, wait)
      else if (wait > 0) await new Promise((done) => setTimeout(done, wait))
    }
  }
}
