import type { PlanRecord } from '../../worker/features/deployments/plan-record.ts'
import { addValue } from './known-secrets.ts'
import { limits, reportable } from './limits.ts'
import { Operation } from './operation.ts'
import type { Done } from './operation.ts'
import { readPlan } from './plan-reader.ts'
import type { Run } from './run.ts'
import type { Signals } from './signals.ts'
import type { Invocation } from './terraform.ts'

/** How the whole ended: what the process does, and what the record says. */
export type Outcome = Pick<Done, 'code' | 'signal'> & { readonly status: string; readonly reason: string | null }

/** The steps of a run, and what they share. */
export class Recording {
  readonly run: Run
  readonly signals: Signals
  /** What terraform is started with. */
  readonly env: NodeJS.ProcessEnv
  readonly #operations: Operation[] = []
  #plan: PlanRecord | null = null

  constructor(run: Run, signals: Signals, env: NodeJS.ProcessEnv) {
    this.run = run
    this.signals = signals
    this.env = env
  }

  /** A call of the same terraform, in the same folder. */
  invocation(args: readonly string[], env: NodeJS.ProcessEnv = this.env): Invocation {
    const { program, call } = this.run.assignment
    return { program, args: [...call.globals, ...args], env }
  }

  /** What is recorded of the last plan. */
  get plan(): PlanRecord | null {
    return this.#plan
  }

  operation(kind: string): Operation {
    const operation = new Operation(this.run, this.signals, this.#operations.length + 1, kind)
    this.#operations.push(operation)
    return operation
  }

  /** Records a saved plan, and lets its output go: now the secrets are known. It never fails. */
  async recordPlan(operation: Operation, file: string, env: NodeJS.ProcessEnv): Promise<void> {
    const { transcript, spool, sender } = this.run
    const show = this.invocation(['show', '-json', '-no-color', file], env)
    try {
      const record = await readPlan(show, transcript.secrets)
      this.#plan = record
      spool.put(`plan-${operation.number}.json`, JSON.stringify(record))
      transcript.release()
      sender.wake()
    } catch (error) {
      this.releaseWithoutPlan(`The plan is not recorded: ${error instanceof Error ? error.message : String(error)}.`)
    }
  }

  /** Lets output go although no plan tells which values are secret: all that were given to variables are taken for it. */
  releaseWithoutPlan(note: string | null = null): void {
    const { transcript, variables } = this.run
    for (const [, value] of variables) addValue(transcript.secrets, value)
    transcript.release()
    if (note === null) return
    const detail = transcript.secrets.hide(note)
    transcript.segments.addNumbered({ type: 'note', kind: 'gap', detail })
  }

  /** What the run as a whole reports. */
  report({ code, status, reason }: Outcome): Record<string, unknown> {
    const version = this.#operations.map(({ told }) => told.version).find((told) => told !== null)
    const { tool } = this.run.assignment
    const number = version?.version ?? this.#plan?.terraform_version ?? null
    return {
      status,
      exit_code: code,
      reason: reason === null ? null : reportable(reason, limits.reason),
      tool: version?.tool ?? tool,
      terraform_version: number === null ? null : reportable(number, limits.version),
    }
  }
}

/** Concludes from how an operation ended how the run did. */
export function outcomeOf(done: Done, { told }: Operation, hasChanges = false): Outcome {
  const { code, signal } = done
  if (code === 0 || (hasChanges && code === 2)) return { code, signal, status: 'success', reason: null }
  if (signal !== null) return { code, signal, status: 'failed', reason: `Terraform was ended by ${signal}.` }
  if (done.isInterrupted || told.isInterrupted) return { code, signal, status: 'canceled', reason: 'Interrupted.' }
  return { code, signal, status: 'failed', reason: told.firstError }
}
