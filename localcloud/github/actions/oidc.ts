import { createPrivateKey, createPublicKey, createSign, generateKeyPairSync, randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Json } from '../accounts/present.ts'
import { numberParam, routesOf } from '../front/routes.ts'
import { found, notFound } from '../platform/problem.ts'
import { keptValue } from '../platform/settings.ts'
import { callerOf } from '../repositories/access.ts'
import type { Call, World } from '../world.ts'
import { filesAt } from './catalog.ts'
import { jobById, runById } from './queries.ts'
import { partiesOf } from './runs.ts'
import type { Job } from './schema.ts'
import { jobOfNote } from './tokens.ts'

/** Identity tokens for jobs, and what proves them: the forms of GitHub's own issuer, at an address of this machine. */
export const oidcRoutes = routesOf({
  'GET /_services/token/.well-known/openid-configuration': describe,
  'GET /_services/token/.well-known/jwks': listKeys,
  'GET /_services/pipelines/jobs/:job/idtoken': issue,
})

const lifetime = 300

function issuerOf({ site }: World): string {
  return `${site.html}/_services/token`
}

function describe(world: World, c: Call): Response {
  const issuer = issuerOf(world)
  return c.json({
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks`,
    subject_types_supported: ['public', 'pairwise'],
    response_types_supported: ['id_token'],
    claims_supported: [
      'sub',
      'aud',
      'exp',
      'iat',
      'iss',
      'jti',
      'nbf',
      'ref',
      'sha',
      'repository',
      'workflow',
      'run_id',
      'environment',
    ],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  })
}

function keyOf({ store }: World): KeyObject {
  return createPrivateKey(
    keptValue(store, 'oidc_key', () =>
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ),
  )
}

function listKeys(world: World, c: Call): Response {
  const key = createPublicKey(keyOf(world)).export({ format: 'jwk' })
  return c.json({ keys: [{ ...key, kid: kid, use: 'sig', alg: 'RS256' }] })
}

const kid = 'local-github-1'

/**
 * Only the job itself may ask who it is. It stands for all jobs of its file, so it may ask as one of them: `job` is the
 * name that one has there, by default that of the first.
 */
async function issue(world: World, c: Call): Promise<Response> {
  const { token } = callerOf(c)
  const job = found(jobById(world.store, numberParam(c, 'job')))
  if (jobOfNote(token.note) !== job.id) throw notFound()
  const environment = await environmentOf(world, job, c.req.query('job'))
  const value = signed(world, claimsFor(world, job, environment, c.req.query('audience')))
  return c.json({ count: value.length, value })
}

/** The environment that a job of the run's file names, or null. */
async function environmentOf(world: World, { run_id }: Job, id: string | undefined): Promise<string | null> {
  const run = found(runById(world.store, run_id))
  const { repository, workflow } = partiesOf(world, run)
  const files = await filesAt(world, repository, run.head_sha)
  const jobs = files.find(({ path }) => path === workflow.path)?.file.jobs ?? []
  const named = id === undefined ? jobs[0] : found(jobs.find((each) => each.id === id))
  return named?.environment ?? null
}

function claimsFor(world: World, job: Job, environment: string | null, audience: string | undefined): Json {
  const run = found(runById(world.store, job.run_id))
  const { repository, workflow, actor } = partiesOf(world, run)
  const { owner, full_name } = repository
  const at = Math.floor(world.now() / 1000)
  const workflow_ref = `${full_name}/${workflow.path}@${run.ref}`
  const of = run.event === 'pull_request' ? 'pull_request' : `ref:${run.ref}`
  return {
    jti: randomUUID(),
    sub: `repo:${full_name}:${environment === null ? of : `environment:${environment}`}`,
    ...(environment !== null && { environment }),
    aud: audience ?? `${world.site.html}/${owner.login}`,
    ref: run.ref,
    sha: run.head_sha,
    repository: full_name,
    repository_owner: owner.login,
    repository_owner_id: String(owner.id),
    repository_id: String(repository.id),
    repository_visibility: repository.visibility,
    run_id: String(run.id),
    run_number: String(run.run_number),
    run_attempt: String(job.run_attempt),
    runner_environment: 'self-hosted',
    actor: actor.login,
    actor_id: String(actor.id),
    workflow: workflow.name,
    workflow_ref,
    workflow_sha: run.head_sha,
    job_workflow_ref: workflow_ref,
    job_workflow_sha: run.head_sha,
    head_ref: '',
    base_ref: '',
    event_name: run.event,
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    iss: issuerOf(world),
    nbf: at - 600,
    iat: at,
    exp: at + lifetime,
  }
}

function signed(world: World, claims: Json): string {
  const text = `${part({ typ: 'JWT', alg: 'RS256', kid })}.${part(claims)}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(keyOf(world)).toString('base64url')}`
}

function part(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
