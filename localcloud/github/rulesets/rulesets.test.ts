import { startHub } from '../testing/hub.ts'

const { hub } = startHub()

async function newRepository(repo: string) {
  await hub().octokit.rest.repos.createForAuthenticatedUser({ name: repo, auto_init: true })
  return { owner: 'owner', repo }
}

async function write(place: { owner: string; repo: string }, branch: string, message = 'Write') {
  const content = Buffer.from(`${message} ${Date.now()}`).toString('base64')
  const path = `${message.replaceAll(/\W/g, '-')}.txt`
  const { data } = await hub().octokit.rest.repos.createOrUpdateFileContents({
    ...place,
    path,
    message,
    content,
    branch,
  })
  return data.commit.sha ?? ''
}

async function branchOff(place: { owner: string; repo: string }, branch: string) {
  const { data } = await hub().octokit.rest.repos.getBranch({ ...place, branch: 'main' })
  await hub().octokit.rest.git.createRef({ ...place, ref: `refs/heads/${branch}`, sha: data.commit.sha })
}

const onDefault = { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } }
const reviews = {
  dismiss_stale_reviews_on_push: false,
  require_code_owner_review: false,
  require_last_push_approval: false,
  required_approving_review_count: 0,
  required_review_thread_resolution: false,
}

test('a ruleset is made, listed, shown for its branches, changed and deleted', async () => {
  const place = await newRepository('kept')
  const { octokit } = hub()
  const { data: ruleset } = await octokit.rest.repos.createRepoRuleset({
    ...place,
    name: 'Main',
    enforcement: 'active',
    conditions: onDefault,
    bypass_actors: [{ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' }],
    rules: [{ type: 'deletion' }, { type: 'pull_request', parameters: reviews }],
  })
  expect(ruleset).toMatchObject({
    name: 'Main',
    source: 'owner/kept',
    target: 'branch',
    current_user_can_bypass: 'always',
  })
  const twin = octokit.rest.repos.createRepoRuleset({ ...place, name: 'Main', enforcement: 'active' })
  await expect(twin).rejects.toMatchObject({ status: 422, response: { data: { errors: ['Name must be unique'] } } })
  const { data: rules } = await octokit.rest.repos.getBranchRules({ ...place, branch: 'main' })
  expect(rules.map(({ type }) => type)).toEqual(['deletion', 'pull_request'])
  expect((await octokit.rest.repos.getBranchRules({ ...place, branch: 'other' })).data).toEqual([])
  const target = { ...place, ruleset_id: ruleset.id }
  await octokit.rest.repos.updateRepoRuleset({ ...target, enforcement: 'disabled' })
  expect((await octokit.rest.repos.getBranchRules({ ...place, branch: 'main' })).data).toEqual([])
  expect((await octokit.rest.repos.getRepoRulesets(place)).data).toMatchObject([
    { id: ruleset.id, enforcement: 'disabled' },
  ])
  await octokit.rest.repos.deleteRepoRuleset(target)
  await expect(octokit.rest.repos.getRepoRuleset(target)).rejects.toMatchObject({ status: 404 })
})

test('the default branch is changed through pull requests alone, with the checks that are asked for', async () => {
  const place = await newRepository('guarded')
  const { octokit } = hub()
  await octokit.rest.repos.createRepoRuleset({
    ...place,
    name: 'Main',
    enforcement: 'active',
    conditions: onDefault,
    rules: [
      { type: 'non_fast_forward' },
      { type: 'pull_request', parameters: reviews },
      {
        type: 'required_status_checks',
        parameters: { required_status_checks: [{ context: 'plan' }], strict_required_status_checks_policy: false },
      },
    ],
  })
  await expect(write(place, 'main')).rejects.toMatchObject({
    status: 409,
    message: expect.stringContaining('Changes must be made through a pull request.'),
  })
  await branchOff(place, 'feature')
  const sha = await write(place, 'feature')
  const { data: pull } = await octokit.rest.pulls.create({ ...place, title: 'X', head: 'feature', base: 'main' })
  const merge = () => octokit.rest.pulls.merge({ ...place, pull_number: pull.number })
  await expect(merge()).rejects.toMatchObject({ status: 405, message: expect.stringContaining('plan') })
  await octokit.rest.repos.createCommitStatus({ ...place, sha, context: 'plan', state: 'success' })
  expect((await merge()).data.merged).toBe(true)
})

test('names and messages have the form that a ruleset wants; others pass by it', async () => {
  const place = await newRepository('named')
  const { octokit } = hub()
  await octokit.rest.repos.createRepoRuleset({
    ...place,
    name: 'Names',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~ALL'], exclude: ['refs/heads/main', 'refs/heads/free/**'] } },
    rules: [
      { type: 'branch_name_pattern', parameters: { operator: 'starts_with', pattern: 'task/' } },
      { type: 'commit_message_pattern', parameters: { operator: 'regex', pattern: '#\\d+' } },
      { type: 'deletion' },
    ],
  })
  await expect(branchOff(place, 'whatever')).rejects.toMatchObject({ status: 422 })
  await branchOff(place, 'free/for/all')
  await branchOff(place, 'task/12')
  await expect(write(place, 'task/12', 'No number')).rejects.toMatchObject({
    message: expect.stringContaining('Commit message must match a given regex pattern: #\\d+'),
  })
  await write(place, 'task/12', 'Add a queue for #12')
  await expect(octokit.rest.git.deleteRef({ ...place, ref: 'heads/task/12' })).rejects.toMatchObject({ status: 422 })
  await octokit.rest.git.deleteRef({ ...place, ref: 'heads/free/for/all' })
})

test('who may bypass in pull requests alone is held to the rest', async () => {
  const place = await newRepository('bypassed')
  const { octokit } = hub()
  await octokit.rest.repos.createRepoRuleset({
    ...place,
    name: 'Messages',
    enforcement: 'active',
    conditions: onDefault,
    rules: [{ type: 'commit_message_pattern', parameters: { operator: 'regex', pattern: '#\\d+$' } }],
    bypass_actors: [{ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'pull_request' }],
  })
  await expect(write(place, 'main', 'No number')).rejects.toMatchObject({ status: 409 })
  await branchOff(place, 'feature')
  await write(place, 'feature', 'No number')
  const { data: pull } = await octokit.rest.pulls.create({ ...place, title: 'X', head: 'feature', base: 'main' })
  const merging = { ...place, pull_number: pull.number, merge_method: 'squash', commit_title: 'None either' } as const
  expect((await octokit.rest.pulls.merge(merging)).data.merged).toBe(true)
})

test.each([
  [{ name: 'x', enforcement: 'sometimes' }, /enforcement/],
  [{ enforcement: 'active' }, /name/],
  [{ name: 'x', enforcement: 'active', rules: [{ type: 'wish' }] }, /rules/],
])('refuses %j', async (wish, message) => {
  await hub()
    .octokit.rest.repos.createForAuthenticatedUser({ name: 'odd' })
    .catch(() => {})
  const call = hub().octokit.request('POST /repos/{owner}/{repo}/rulesets', {
    owner: 'owner',
    repo: 'odd',
    ...wish,
  } as never)
  await expect(call).rejects.toMatchObject({ status: 422, message: expect.stringMatching(message) })
})
