import { WorkerEntrypoint } from 'cloudflare:workers'
import { app } from './app.ts'
import { recordAct } from './features/audit/audit.ts'
import { sealAudit } from './features/audit/schedule.ts'
import { abandonSilentRuns } from './features/deployments/schedule.ts'
import { gatewayRequest } from './features/gateway/call.ts'
import { forgetSessions } from './features/gateway/schedule.ts'
import { abandonRuns } from './features/states/schedule.ts'
import { forgetLogs } from './features/tails/schedule.ts'
import { takeTraces } from './features/tails/take.ts'
import { now } from './platform/clock.ts'
import { deliverDue } from './platform/outbox.ts'

export { CallBudget } from './features/gateway/call-budget.ts'
export { StateLedger } from './features/states/ledger.ts'
export { LogTailingDO } from './features/tails/log-tailing.ts'

const handlers = { audit: recordAct }

export default class Throughline extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    return app.fetch(request, this.env, this.ctx)
  }

  override async queue(): Promise<void> {
    await deliverDue(this.env.DEPLOYMENT_DB, handlers, now())
  }

  override async scheduled(): Promise<void> {
    const at = now()
    const delivered = deliverDue(this.env.DEPLOYMENT_DB, handlers, at)
    await Promise.all([
      delivered.then(() => sealAudit(this.env, at)),
      abandonRuns(this.env, at),
      abandonSilentRuns(this.env, at),
      forgetSessions(this.env, at),
      forgetLogs(this.env, at),
    ])
  }

  /** What scripts did that name this Worker as a consumer of their traces. */
  override async tail(events: TraceItem[]): Promise<void> {
    await takeTraces(this.env, events)
  }

  /**
   * Calls Cloudflare's API for another Worker that binds this one, as a client with this token does. The binding alone is
   * no permission.
   * @param request whose path is below `/client/v4` or `/sdk`, on any host
   * @returns Cloudflare's answer, or a refusal in its envelope
   */
  async cloudflare(token: string, request: Request): Promise<Response> {
    return app.fetch(gatewayRequest(token, request), this.env, this.ctx)
  }
}
