import { createRoute, z } from '@hono/zod-openapi'
import { api, body, json, noQuery, problem, refusals } from '../../platform/api.ts'
import type { Principal } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { mutates } from '../audit/act.ts'
import { accepted, isDone, runFlow } from './accept.ts'
import { ProjectName } from './bindings.ts'
import { accepts } from './configuration.ts'
import { keepContent } from './content-store.ts'
import { codeOf } from './content.ts'
import { deployContent } from './deploy.ts'
import { setupGithubCi } from './github-ci.ts'
import { CiEnabled, Deployed, ProjectDetails } from './project-schema.ts'
import { findProject } from './project-view.ts'
import { repositoryAt } from './repository.ts'
import { CiRequest, ContentRequest, RollbackRequest } from './requests.ts'
import { rollback } from './rollback.ts'
import { configurationFile, flowHeaders, flowOutcomes, withFiles } from './route-parts.ts'
import { findVersion } from './version-queries.ts'

const tags = ['flows']

const deploy = createRoute({
  tags,
  middleware: [mutates(deployContent.action), needs('flows')],
  method: 'put',
  path: '/flows/deploy-content',
  operationId: 'deployContent',
  summary: 'Deploy code as a project’s script',
  description: `The code is read first: a fault is told with its file, line and column before anything is made. A project that
    is not there is created. Bindings that are left out are kept, and so are secrets and compatibility.`,
  request: { query: noQuery, headers: flowHeaders, body: body(ContentRequest) },
  responses: { 200: json('It answers.', Deployed), ...flowOutcomes, ...refusals },
})

const back = createRoute({
  tags,
  middleware: [mutates(rollback.action), needs('flows')],
  method: 'post',
  path: '/flows/project/{name}/rollback',
  operationId: 'rollbackProject',
  summary: 'Go back to an earlier version',
  description: 'All requests go to it, with the bindings and the values of secrets that it was made with.',
  request: {
    query: noQuery,
    headers: flowHeaders,
    params: z.object({ name: ProjectName }),
    body: body(RollbackRequest),
  },
  responses: {
    200: json('It answers.', Deployed),
    404: problem('There is no such version.'),
    ...flowOutcomes,
    ...refusals,
  },
})

const ci = createRoute({
  tags,
  middleware: [mutates(setupGithubCi.action), needs('flows')],
  method: 'post',
  path: '/flows/setup-github-ci',
  operationId: 'setupGithubCi',
  summary: 'Have Cloudflare build a project from its repository',
  description: `A Pages project linked to the repository, or Workers Builds for the project’s script. Where Cloudflare’s GitHub
    App is not installed the answer (409) says where a person installs it. Workers Builds runs the repository's commands with a
    token of the account, so \`"target": "workers"\` is the owner's alone.`,
  request: { query: noQuery, headers: flowHeaders, body: body(CiRequest) },
  responses: {
    200: json('Pushes are deployed.', CiEnabled),
    404: problem('GitHub shows no such repository.'),
    ...flowOutcomes,
    ...refusals,
  },
})

const show = createRoute({
  tags,
  middleware: needs('flows'),
  method: 'get',
  path: '/flows/project/{name}',
  operationId: 'showProject',
  summary: 'Show a project',
  description: `With \`Accept: application/jsonc\` or \`application/toml\` it is wrangler’s file.`,
  request: { query: noQuery, params: z.object({ name: ProjectName }) },
  responses: {
    200: withFiles('The project, or its configuration as a file.', ProjectDetails),
    404: problem('There is no such project.'),
    ...refusals,
  },
})

export const contents = api()
  .openapi(show, async (c) => {
    const { name } = c.req.valid('param')
    const found = await findProject(c.env, name)
    const accept = c.req.header('accept') ?? ''
    if (!accepts(accept, 'application/toml') && !accepts(accept, 'application/jsonc')) return c.json(found, 200)
    return configurationFile(c, found, 200)
  })
  .openapi(deploy, async (c) => {
    const asked = c.req.valid('json')
    const { script_name: project, bindings } = asked
    const code = codeOf(asked.content)
    const input = async () => ({ bindings, content: await keepContent(c.env.RECORDS, project, code) })
    const run = await runFlow(c, deployContent, { project, input, asked })
    return isDone(run) ? c.json(Deployed.parse(run.result), 200) : accepted(c, run)
  })
  .openapi(back, async (c) => {
    const { name: project } = c.req.valid('param')
    const asked = c.req.valid('json')
    const { version, force } = asked
    const input = async () => {
      const known = await findVersion(c.env.DEPLOYMENT_DB, project, version)
      const version_id = known?.version_id ?? (typeof version === 'string' ? version : null)
      if (version_id === null) {
        const seen = `GET /flows/project/${project} shows those that there are`
        throw new Problem('not-found', `There is no version ${version} of a project ${project}: ${seen}.`)
      }
      return { version_id, force }
    }
    const run = await runFlow(c, rollback, { project, input, asked })
    return isDone(run) ? c.json(Deployed.parse(run.result), 200) : accepted(c, run)
  })
  .openapi(ci, async (c) => {
    const asked = c.req.valid('json')
    const { project_name: project, github_repo_url: url, ...wanted } = asked
    if (wanted.target === 'workers') {
      proveOwner(c.get('principal'))
      if (wanted.output_dir !== '')
        throw new Problem('invalid-request', '`output_dir` is of Pages: a Worker’s own configuration names its files.')
    }
    const repository = repositoryAt(url)
    const run = await runFlow(c, setupGithubCi, { project, input: async () => ({ ...repository, ...wanted }), asked })
    return isDone(run) ? c.json(CiEnabled.parse(run.result), 200) : accepted(c, run)
  })

/** Who pushes to what Workers Builds builds has the account's token for builds, with which every script can be changed. */
function proveOwner({ scopes }: Principal): void {
  if (scopes === 'all') return
  const why = 'Workers Builds runs what the repository says with a token of the account'
  throw new Problem('forbidden', `${why}: "target": "workers" needs the owner's token.`)
}
