import { startHub } from '../testing/hub.ts'

const { hub, restart } = startHub()
const place = { owner: 'owner', repo: 'checked' }

async function headSha(): Promise<string> {
  const { data } = await hub().octokit.rest.repos.getBranch({ ...place, branch: 'main' })
  return data.commit.sha
}

beforeAll(async () => {
  await hub().octokit.rest.repos.createForAuthenticatedUser({ name: 'checked', auto_init: true })
})

test('a check is queued, runs, ends with what it found, and ends its suite', async () => {
  const { octokit } = hub()
  const head_sha = await headSha()
  const { data: run } = await octokit.rest.checks.create({
    ...place,
    name: 'plan',
    head_sha,
    details_url: 'http://127.0.0.1/plan',
  })
  expect(run).toMatchObject({ status: 'queued', conclusion: null, head_sha })
  await octokit.rest.checks.update({ ...place, check_run_id: run.id, status: 'in_progress' })
  const annotations = [
    { path: 'main.tf', start_line: 1, end_line: 2, annotation_level: 'warning' as const, message: 'Deprecated' },
  ]
  const output = { title: 'Plan', summary: '5 to add', annotations }
  const { data: done } = await octokit.rest.checks.update({
    ...place,
    check_run_id: run.id,
    conclusion: 'success',
    output,
  })
  expect(done).toMatchObject({
    status: 'completed',
    conclusion: 'success',
    output: { annotations_count: 1, title: 'Plan' },
  })
  const { data: suite } = await octokit.rest.checks.getSuite({ ...place, check_suite_id: run.check_suite?.id ?? 0 })
  expect(suite).toMatchObject({
    status: 'completed',
    conclusion: 'success',
    head_branch: 'main',
    latest_check_runs_count: 1,
  })
  const { data: listed } = await octokit.rest.checks.listAnnotations({ ...place, check_run_id: run.id })
  expect(listed).toMatchObject([{ path: 'main.tf', message: 'Deprecated' }])
})

test('a commit shows the newest run of each name, or all, and GraphQL the same', async () => {
  const { octokit } = hub()
  const head_sha = await headSha()
  await octokit.rest.checks.create({ ...place, name: 'lint', head_sha, conclusion: 'failure' })
  await octokit.rest.checks.create({ ...place, name: 'lint', head_sha, conclusion: 'success' })
  const runs = async (more: Record<string, string>) =>
    (await octokit.rest.checks.listForRef({ ...place, ref: 'main', check_name: 'lint', ...more })).data
  expect((await runs({})).check_runs.map(({ conclusion }) => conclusion)).toEqual(['success'])
  expect((await runs({ filter: 'all' })).total_count).toBe(2)
  await octokit.rest.repos.createCommitStatus({ ...place, sha: head_sha, state: 'pending', context: 'deploy' })
  const { data } = await hub().graphql(
    `{ repository(owner: "owner", name: "checked") { defaultBranchRef { target { ... on Commit {
      statusCheckRollup { state contexts(first: 10) { totalCount nodes { __typename
        ... on CheckRun { name conclusion } ... on StatusContext { context state } } } }
      status { state } checkSuites(first: 5) { totalCount nodes { conclusion app { slug } } }
    } } } } }`,
  )
  const commit = data.repository.defaultBranchRef.target
  expect(commit.statusCheckRollup).toMatchObject({ state: 'PENDING', contexts: { totalCount: 3 } })
  expect(commit.status.state).toBe('PENDING')
  expect(commit.checkSuites.nodes).toEqual([{ conclusion: 'SUCCESS', app: { slug: 'local-checks' } }])
})

test('a branch that requires a check waits for it', async () => {
  const { octokit } = hub()
  const sha = await headSha()
  await octokit.rest.repos.updateBranchProtection({
    ...place,
    branch: 'main',
    required_status_checks: { strict: false, contexts: ['gate'] },
    enforce_admins: true,
    required_pull_request_reviews: null,
    restrictions: null,
  })
  await octokit.rest.git.createRef({ ...place, ref: 'refs/heads/feature', sha })
  const content = Buffer.from('x').toString('base64')
  const { data: written } = await octokit.rest.repos.createOrUpdateFileContents({
    ...place,
    path: 'x',
    message: 'X',
    content,
    branch: 'feature',
  })
  const { data: pull } = await octokit.rest.pulls.create({ ...place, title: 'X', head: 'feature', base: 'main' })
  const merge = () => octokit.rest.pulls.merge({ ...place, pull_number: pull.number })
  await expect(merge()).rejects.toMatchObject({ status: 405 })
  await restart()
  await hub().octokit.rest.checks.create({
    ...place,
    name: 'gate',
    head_sha: written.commit.sha ?? '',
    conclusion: 'success',
  })
  const { data: merged } = await hub().octokit.rest.pulls.merge({ ...place, pull_number: pull.number })
  expect(merged.merged).toBe(true)
})

test.each([
  [{ name: 'x', head_sha: '0'.repeat(40) }, /No commit found for SHA/],
  [{ name: 'x', status: 'completed' }, /conclusion/],
  [{ name: 'x', conclusion: 'splendid' }, /splendid/],
])('refuses %j', async (wish, message) => {
  const call = hub().octokit.request('POST /repos/{owner}/{repo}/check-runs', {
    ...place,
    head_sha: await headSha(),
    ...wish,
  } as never)
  await expect(call).rejects.toMatchObject({ status: 422, message: expect.stringMatching(message) })
})
