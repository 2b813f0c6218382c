import type { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import type { Action } from '../audit/schema.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import type { FlowKind } from './schema.ts'

/** What a step is given. */
export type StepContext = {
  readonly env: Env
  readonly db: D1Database
  readonly cloudflare: Cloudflare
  /** The run's row. What a step makes is noted with it, so that undoing takes away nothing else. */
  readonly run: number
  /** The row of the run's deployment, null only for a run whose deployment is not known. */
  readonly deployment: number | null
  readonly project: string
  readonly at: Moment
  /** What an earlier step of this run put out. */
  readonly output: <Output>(step: string, schema: z.ZodType<Output>) => Output
}

/**
 * One step of a flow, done in one go. `do` may run again after its reply was lost, or the machine with it: it looks first
 * at what is there already. What it returns is JSON, is kept, and must hold no secret. A thrown CloudflareError that may
 * pass is tried again; a Problem, or any other, ends the run, and the steps are undone from the last that was begun.
 */
export type Step = {
  /** Unique in its flow; shown to people. */
  readonly name: string
  readonly do: (context: StepContext) => Promise<unknown>
  /** Takes away what this run made. `output` is null when the step was begun and did not end. Runs again as `do` does. */
  readonly undo?: (context: StepContext, output: unknown) => Promise<void>
}

/** How the last step of every run is called: it looks up what the caller gets. */
export const resultStep = 'tell the result'

/** A kind of run. `steps` says the same each time for one input; `result` is what the caller gets at the end. */
export type Flow<Input = unknown> = {
  readonly kind: FlowKind
  /** What its deployment is called, and its act in the audit. */
  readonly operation: 'create' | 'update' | 'delete' | 'other'
  readonly action: Action
  /** What is kept of the request for the steps: never a secret. */
  readonly input: z.ZodType<Input>
  // A method, so that flows of different inputs are of one type.
  steps(project: string, input: Input): readonly Step[]
  result(context: StepContext, input: Input): Promise<unknown>
}

/** Thrown by a step that has more to do: it is called again, after so many milliseconds. It counts as no failure. */
export class NotYet extends Error {
  override readonly name = 'NotYet'
  readonly wait: number

  constructor(wait: number) {
    super('There is more to do.')
    this.wait = wait
  }
}
