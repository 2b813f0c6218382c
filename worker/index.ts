import { app } from './app.ts'
import { recordAct } from './features/audit/audit.ts'
import { sealAudit } from './features/audit/schedule.ts'
import { abandonSilentRuns } from './features/deployments/schedule.ts'
import { forgetSessions } from './features/gateway/schedule.ts'
import { abandonRuns } from './features/states/schedule.ts'
import { now } from './platform/clock.ts'
import { deliverDue } from './platform/outbox.ts'

export { CallBudget } from './features/gateway/call-budget.ts'
export { StateLedger } from './features/states/ledger.ts'

const handlers = { audit: recordAct }

export default {
  fetch: app.fetch,
  async queue(_batch, env) {
    await deliverDue(env.DEPLOYMENT_DB, handlers, now())
  },
  async scheduled(_controller, env) {
    const at = now()
    const delivered = deliverDue(env.DEPLOYMENT_DB, handlers, at)
    await Promise.all([
      delivered.then(() => sealAudit(env, at)),
      abandonRuns(env, at),
      abandonSilentRuns(env, at),
      forgetSessions(env, at),
    ])
  },
} satisfies ExportedHandler<Env>
