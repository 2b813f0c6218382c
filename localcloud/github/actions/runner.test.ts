import { env } from 'node:process'
import { callLocal } from '../testing/calls.ts'
import { openWorkshop, workflowFile } from '../testing/workshop.ts'

const inputs = '{workflow_dispatch: {inputs: {stage: {required: true}, dry: {default: no}}}}'
const file = (name: string) => ({ [`.github/workflows/${name}.yml`]: workflowFile('workflow_dispatch', name) })

const { hub, place, dispatch, runOf, logOf, restart } = openWorkshop(
  {
    'infra.tf': 'resource "queue" {}\n',
    '.github/workflows/deploy.yml': workflowFile(inputs, 'Deploy'),
    ...file('fail'),
    ...file('slow'),
    ...file('limit'),
    ...file('push'),
    '.github/workflows/identity.yml': `${workflowFile('workflow_dispatch', 'identity')}  live: {environment: {name: live}}\n`,
    ...file('around'),
    '.github/workflows/asked.yml': workflowFile('pull_request', 'asked'),
  },
  [
    {
      workflow: 'deploy.yml',
      command: 'cat infra.tf; echo "stage $INPUT_STAGE by $GITHUB_ACTOR"; echo "$GITHUB_SHA" > out.txt; echo "$STACK"',
      env: { STACK: 'edge' },
      artifacts: { result: 'out.txt' },
    },
    { workflow: 'fail.yml', command: ['sh', '-c', 'echo wrong >&2; exit 3'] },
    { workflow: 'slow.yml', command: 'sleep 60 & sleep 60' },
    {
      workflow: 'around.yml',
      command:
        'env; printf %s "$GITHUB_TOKEN" | base64; cat .git/config; printf "halves ${UPLOAD_SECRET%en}"; sleep 0.2; echo en',
      env: { UPLOAD_SECRET: 'never seen', PLAIN: 'seen' },
    },
    { workflow: 'asked.yml', command: 'echo asked' },
    { workflow: 'limit.yml', command: 'sleep 60', timeout_minutes: 0.005 },
    {
      workflow: 'push.yml',
      command:
        'git -c user.name=ci -c user.email=ci@example.test commit -q --allow-empty -m "From the run" && git push -q origin HEAD:refs/heads/from-run',
    },
    {
      workflow: 'identity.yml',
      command:
        'for job in apply live none; do curl -s -H "authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=throughline&job=$job"; echo; done',
    },
  ],
)

test('a dispatched workflow runs its command in a checkout, and keeps what it said and made', async () => {
  const { octokit } = hub()
  await dispatch('deploy.yml', { stage: 'test' })
  const run = await runOf('deploy.yml')
  expect(run).toMatchObject({
    event: 'workflow_dispatch',
    conclusion: 'success',
    run_number: 1,
    run_attempt: 1,
    head_branch: 'main',
  })
  expect(await logOf(run.id)).toContain('resource "queue" {}\nstage test by owner\nedge')
  const { data: jobs } = await octokit.rest.actions.listJobsForWorkflowRun({ ...place, run_id: run.id })
  expect(jobs.jobs[0]).toMatchObject({ name: 'apply', conclusion: 'success', runner_name: 'local' })
  const { data: checks } = await octokit.rest.checks.listForRef({ ...place, ref: run.head_sha })
  expect(checks.check_runs).toMatchObject([
    { name: 'apply', conclusion: 'success', app: { slug: 'github-actions', id: 15_368 } },
  ])
  const { data: artifacts } = await octokit.rest.actions.listWorkflowRunArtifacts({ ...place, run_id: run.id })
  expect(artifacts.artifacts).toMatchObject([{ name: 'result', expired: false }])
  const artifact_id = artifacts.artifacts[0]?.id ?? 0
  const archive = await octokit.rest.actions.downloadArtifact({ ...place, artifact_id, archive_format: 'zip' })
  const logs = await octokit.rest.actions.downloadWorkflowRunLogs({ ...place, run_id: run.id })
  for (const { data } of [archive, logs])
    expect(
      Buffer.from(data as ArrayBuffer)
        .subarray(0, 2)
        .toString(),
    ).toBe('PK')
})

test('a command that fails fails its run, which can be run again', async () => {
  await dispatch('fail.yml')
  const run = await runOf('fail.yml')
  expect(run.conclusion).toBe('failure')
  expect(await logOf(run.id)).toContain('wrong')
  await hub().octokit.rest.actions.reRunWorkflow({ ...place, run_id: run.id })
  expect(await runOf('fail.yml')).toMatchObject({ id: run.id, run_attempt: 2, conclusion: 'failure' })
  const first = await hub().octokit.rest.actions.getWorkflowRunAttempt({ ...place, run_id: run.id, attempt_number: 1 })
  expect(first.data).toMatchObject({ run_attempt: 1, conclusion: 'failure' })
})

test('a run is cancelled with everything that it started', async () => {
  await dispatch('slow.yml')
  const { id: run_id } = await runOf('slow.yml', 'in_progress')
  await hub().octokit.rest.actions.cancelWorkflowRun({ ...place, run_id })
  expect((await runOf('slow.yml')).conclusion).toBe('cancelled')
  const again = hub().octokit.rest.actions.cancelWorkflowRun({ ...place, run_id })
  await expect(again).rejects.toMatchObject({ status: 409 })
})

test('a command sees nothing of the server, and its token ends with it', async () => {
  env['THROUGHLINE_MARK'] = 'the server’s own'
  await dispatch('around.yml')
  const lines = (await logOf((await runOf('around.yml')).id)).split('\n')
  expect(lines.filter((line) => line.includes('THROUGHLINE') || line.includes(hub().token))).toEqual([])
  expect(lines).toEqual(expect.arrayContaining(['GITHUB_ACTIONS=true', 'GITHUB_REPOSITORY=owner/infra', 'CI=true']))
  const token = lines.map((line) => Buffer.from(line, 'base64').toString()).find((line) => /^ghs_\w+$/.test(line))
  expect(token).toBeDefined()
  await expect(hub().client(token).rest.repos.get(place)).rejects.toMatchObject({ status: 401 })
})

test('a log shows neither the token of its job nor the secrets of its binding', async () => {
  const lines = (await logOf((await runOf('around.yml')).id)).split('\n')
  const shown = [
    'GITHUB_TOKEN=***',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN=***',
    'UPLOAD_SECRET=***',
    'PLAIN=seen',
    'halves ***',
  ]
  expect(lines).toEqual(expect.arrayContaining([...shown, '\textraheader = AUTHORIZATION: basic ***']))
  expect(lines.filter((line) => /ghs_|never/.test(line))).toEqual([])
})

test('a run that takes too long is cut off', async () => {
  await dispatch('limit.yml')
  const run = await runOf('limit.yml')
  expect(run.conclusion).toBe('cancelled')
  expect(await logOf(run.id)).toContain('exceeded the maximum execution time')
})

test('a run pushes with its own token', async () => {
  await dispatch('push.yml')
  const run = await runOf('push.yml')
  expect([run.conclusion, await logOf(run.id)]).toEqual(['success', expect.any(String)])
  const { data: branch } = await hub().octokit.rest.repos.getBranch({ ...place, branch: 'from-run' })
  expect(branch.commit.commit.message).toBe('From the run')
})

function decode(part = '') {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

test('a run proves who it is with a token of the local issuer', async () => {
  await dispatch('identity.yml')
  const run = await runOf('identity.yml')
  const [first, second, none] = (await logOf(run.id))
    .trim()
    .split('\n')
    .slice(-3)
    .map((line) => JSON.parse(line))
  const [head, claims, signature] = String(first.value).split('.')
  const live = decode(String(second.value).split('.')[1])
  expect([live.environment, live.sub]).toEqual(['live', 'repo:owner/infra:environment:live'])
  expect(none.status).toBe('404')
  const { iss, sub, aud, repository, run_id, environment } = decode(claims)
  expect({ sub, aud, repository, run_id, environment }).toEqual({
    environment: undefined,
    sub: 'repo:owner/infra:ref:refs/heads/main',
    aud: 'throughline',
    repository: 'owner/infra',
    run_id: String(run.id),
  })
  const { jwks_uri } = await (await fetch(`${iss}/.well-known/openid-configuration`)).json()
  const { keys } = await (await fetch(jwks_uri)).json()
  const jwk = keys.find(({ kid }: { kid: string }) => kid === decode(head).kid)
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
  const text = Buffer.from(`${head}.${claims}`)
  const isSigned = await crypto.subtle.verify(algorithm.name, key, Buffer.from(signature ?? '', 'base64url'), text)
  expect(isSigned).toBe(true)
})

test('a pull request runs its command, but for one of a fork, which waits', async () => {
  const { repos, pulls, git } = hub().octokit.rest
  await callLocal(hub(), '/admin/organizations', { login: 'forkers', admin: 'owner', profile_name: 'Forkers' })
  await repos.createFork({ ...place, organization: 'forkers' })
  const { data: main } = await git.getRef({ ...place, ref: 'heads/main' })
  for (const owner of ['owner', 'forkers']) {
    const at = { owner, repo: 'infra', branch: `of-${owner}` }
    await git.createRef({ ...at, ref: `refs/heads/${at.branch}`, sha: main.object.sha })
    await repos.createOrUpdateFileContents({ ...at, path: 'x', message: 'x', content: '' })
    await pulls.create({ ...place, title: owner, head: `${owner}:${at.branch}`, base: 'main' })
    const run = await runOf('asked.yml', owner === 'owner' ? 'completed' : 'queued')
    expect(run).toMatchObject({ display_title: owner, conclusion: owner === 'owner' ? 'success' : null })
  }
})

test('nothing outlives the server, and what was said outlives a restart', async () => {
  await dispatch('slow.yml')
  await runOf('slow.yml', 'in_progress')
  await restart()
  expect((await runOf('slow.yml')).conclusion).toBe('cancelled')
  expect(await logOf((await runOf('fail.yml')).id)).toContain('wrong')
})
