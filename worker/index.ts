import type { z } from '@hono/zod-openapi'
import { WorkerEntrypoint } from 'cloudflare:workers'
import { app } from './app.ts'
import { recordAct } from './features/audit/audit.ts'
import { sealAudit } from './features/audit/schedule.ts'
import { abandonSilentRuns } from './features/deployments/schedule.ts'
import type { NewProject } from './features/flows/create-project.ts'
import { Deleted } from './features/flows/delete-project.ts'
import { CiEnabled, Deployed } from './features/flows/project-schema.ts'
import type { CiRequest, ContentRequest, RollbackRequest } from './features/flows/requests.ts'
import { answerIn, flowRequest, inPath } from './features/flows/rpc.ts'
import type { Answer, How } from './features/flows/rpc.ts'
import { reviveRuns } from './features/flows/schedule.ts'
import { FlowRunWithSteps, Project } from './features/flows/schema.ts'
import { gatewayRequest, isGateway } from './features/gateway/call.ts'
import { forgetSessions } from './features/gateway/schedule.ts'
import { tendLeases } from './features/leases/schedule.ts'
import { Lease } from './features/leases/schema.ts'
import type { NewLease } from './features/leases/schema.ts'
import { abandonRuns } from './features/states/schedule.ts'
import { forgetLogs } from './features/tails/schedule.ts'
import { takeTraces } from './features/tails/take.ts'
import { gateway } from './gateway.ts'
import { now } from './platform/clock.ts'
import { deliverDue } from './platform/outbox.ts'

export { FlowWorkflow } from './features/flows/workflow.ts'
export { CallBudget } from './features/gateway/call-budget.ts'
export { StateLedger } from './features/states/ledger.ts'
export { LogTailingDO } from './features/tails/log-tailing.ts'

const handlers = { audit: recordAct }

type Asked<Schema extends z.ZodType> = z.input<Schema>

export default class Throughline extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    return (isGateway(pathname) ? gateway : app).fetch(request, this.env, this.ctx)
  }

  override async queue(): Promise<void> {
    await deliverDue(this.env.DEPLOYMENT_DB, handlers, now())
  }

  override async scheduled(): Promise<void> {
    const at = now()
    const delivered = deliverDue(this.env.DEPLOYMENT_DB, handlers, at)
    const done = await Promise.allSettled([
      delivered.then(() => sealAudit(this.env, at)),
      abandonRuns(this.env, at),
      abandonSilentRuns(this.env, at),
      forgetSessions(this.env, at),
      tendLeases(this.env, at),
      reviveRuns(this.env, at),
      forgetLogs(this.env, at),
    ])
    // Told only now: when the event ends, so does what is under way.
    const failures = done.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
    if (failures.length > 0) throw new AggregateError(failures, 'A part of the minute’s work failed.')
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
    return gateway.fetch(gatewayRequest(token, request), this.env, this.ctx)
  }

  /** Has a project, as `POST /flows/create-project` does. Like all that follow it takes a client's token first. */
  async createProject(token: string, asked: Asked<typeof NewProject>, how?: How): Promise<Answer<Project>> {
    return this.#flow(Project, flowRequest(token, 'POST', '/create-project', asked, how))
  }

  /** Deploys code as a project's script. */
  async deployContent(token: string, asked: Asked<typeof ContentRequest>, how?: How): Promise<Answer<Deployed>> {
    return this.#flow(Deployed, flowRequest(token, 'PUT', '/deploy-content', asked, how))
  }

  /** Goes back to an earlier version. */
  async rollback(
    token: string,
    project: string,
    asked: Asked<typeof RollbackRequest>,
    how?: How,
  ): Promise<Answer<Deployed>> {
    return this.#flow(Deployed, flowRequest(token, 'POST', `/project/${inPath(project)}/rollback`, asked, how))
  }

  /** Deletes a project, with `cleanup` also what it owns. */
  async deleteProject(
    token: string,
    project: string,
    { cleanup = false, force = false }: { readonly cleanup?: boolean; readonly force?: boolean } = {},
    how?: How,
  ): Promise<Answer<z.infer<typeof Deleted>>> {
    const path = `/project/${inPath(project)}?cleanup=${cleanup}&force=${force}`
    return this.#flow(Deleted, flowRequest(token, 'DELETE', path, undefined, how))
  }

  /** Has Cloudflare build a project from its repository. */
  async setupGithubCi(token: string, asked: Asked<typeof CiRequest>, how?: How): Promise<Answer<CiEnabled>> {
    return this.#flow(CiEnabled, flowRequest(token, 'POST', '/setup-github-ci', asked, how))
  }

  /** Leases a token of Cloudflare; its value goes to the Secrets Store, never here. */
  async managedToken(token: string, asked: Asked<typeof NewLease>, how?: How): Promise<Answer<Lease>> {
    return this.#flow(Lease, flowRequest(token, 'POST', '/managed-token', asked, how))
  }

  /** A run of a flow with its steps. */
  async flowRun(token: string, id: string): Promise<Answer<FlowRunWithSteps>> {
    return this.#flow(FlowRunWithSteps, flowRequest(token, 'GET', `/runs/${inPath(id)}`))
  }

  async #flow<Result>(schema: z.ZodType<Result>, request: Request): Promise<Answer<Result>> {
    return answerIn(schema, await app.fetch(request, this.env, this.ctx))
  }
}
