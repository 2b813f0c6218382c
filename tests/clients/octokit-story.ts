import type { Octokit } from 'octokit'

/** What a partner of the story cannot do, so that the script itself can be proved on another GitHub. */
export type Gap = 'statuses' | 'deployments' | 'closing-words'

type Place = { readonly owner: string; readonly repo: string }

/**
 * A day in the life of a repository, told with octokit alone: a repository, labels, issues, a branch, a pull request, a
 * review, a merge, a status, a deployment. It throws where an answer is not what octokit's users may rely on.
 */
export async function tellStory({ rest }: Octokit, owner: string, repo: string, gaps: ReadonlySet<Gap>): Promise<void> {
  const place = { owner, repo }
  const { data: made } = await rest.repos.createForAuthenticatedUser({
    name: repo,
    auto_init: true,
    description: 'A story',
  })
  must('a repository has its full name', made.full_name === `${owner}/${repo}`)
  await rest.repos.replaceAllTopics({ ...place, names: ['story', 'octokit'] })
  await plan(rest, place)
  const sha = await build(rest, place)
  await mergeAndClose(rest, place, gaps)
  if (!gaps.has('statuses')) await report(rest, place, sha)
  if (!gaps.has('deployments')) await deploy(rest, place)
}

type Rest = Octokit['rest']

async function plan(rest: Rest, place: Place): Promise<void> {
  await rest.issues.createLabel({
    ...place,
    name: 'infrastructure',
    color: '0052CC',
    description: 'Infrastructure changes',
  })
  const { data: milestone } = await rest.issues.createMilestone({ ...place, title: 'First' })
  const { data: issue } = await rest.issues.create({
    ...place,
    title: 'Add a page',
    body: 'It greets.',
    labels: ['infrastructure'],
    assignees: [place.owner],
    milestone: milestone.number,
  })
  must('an issue starts open', issue.state === 'open' && issue.number === 1)
  must(
    'an issue has its label',
    issue.labels.some((label) => typeof label !== 'string' && label.name === 'infrastructure'),
  )
  await rest.issues.createComment({ ...place, issue_number: 1, body: 'On it.' })
  const { data: comments } = await rest.issues.listComments({ ...place, issue_number: 1 })
  must('a comment is listed', comments.length === 1 && comments[0]?.body === 'On it.')
  const { data: open } = await rest.issues.listForRepo({ ...place, labels: 'infrastructure' })
  must('an issue is found by its label', open.length === 1)
}

async function build(rest: Rest, place: Place): Promise<string> {
  const { data: main } = await rest.git.getRef({ ...place, ref: 'heads/main' })
  await rest.git.createRef({ ...place, ref: 'refs/heads/page', sha: main.object.sha })
  const { data: blob } = await rest.git.createBlob({ ...place, content: 'hello\n', encoding: 'utf-8' })
  const { data: first } = await rest.git.getCommit({ ...place, commit_sha: main.object.sha })
  const { data: tree } = await rest.git.createTree({
    ...place,
    base_tree: first.tree.sha,
    tree: [{ path: 'page.txt', mode: '100644', type: 'blob', sha: blob.sha }],
  })
  const { data: commit } = await rest.git.createCommit({
    ...place,
    message: 'Greet',
    tree: tree.sha,
    parents: [main.object.sha],
  })
  await rest.git.updateRef({ ...place, ref: 'heads/page', sha: commit.sha })
  const { data: branch } = await rest.repos.getBranch({ ...place, branch: 'page' })
  must('a branch is at its new commit', branch.commit.sha === commit.sha)
  const { data: file } = await rest.repos.getContent({ ...place, path: 'page.txt', ref: 'page' })
  must(
    'a file is what was committed',
    'content' in file && Buffer.from(file.content, 'base64').toString() === 'hello\n',
  )
  return commit.sha
}

async function mergeAndClose(rest: Rest, place: Place, gaps: ReadonlySet<Gap>): Promise<void> {
  const { data: pull } = await rest.pulls.create({
    ...place,
    title: 'Greet',
    head: 'page',
    base: 'main',
    body: 'Closes #1',
  })
  must('a pull request takes the next number', pull.number === 2 && pull.state === 'open')
  await rest.pulls.createReview({ ...place, pull_number: 2, event: 'COMMENT', body: 'Looks fine.' })
  const { data: merged } = await rest.pulls.merge({ ...place, pull_number: 2, merge_method: 'squash' })
  must('a merge says so', merged.merged)
  const { data: after } = await rest.pulls.get({ ...place, pull_number: 2 })
  must('a merged pull request is closed', after.merged && after.state === 'closed')
  if (gaps.has('closing-words')) return
  const { data: issue } = await rest.issues.get({ ...place, issue_number: 1 })
  must('a merge closes what it says it closes', issue.state === 'closed')
}

async function report(rest: Rest, place: Place, sha: string): Promise<void> {
  await rest.repos.createCommitStatus({ ...place, sha, state: 'pending', context: 'ci' })
  await rest.repos.createCommitStatus({ ...place, sha, state: 'success', context: 'ci' })
  await rest.repos.createCommitStatus({ ...place, sha, state: 'failure', context: 'lint' })
  const { data: combined } = await rest.repos.getCombinedStatusForRef({ ...place, ref: sha })
  must('one failure fails all', combined.state === 'failure' && combined.total_count === 2)
}

async function deploy(rest: Rest, place: Place): Promise<void> {
  const { data: deployment } = await rest.repos.createDeployment({
    ...place,
    ref: 'main',
    environment: 'laptop',
    required_contexts: [],
  })
  must('a deployment has a number', 'id' in deployment)
  if (!('id' in deployment)) return
  const key = { ...place, deployment_id: deployment.id }
  await rest.repos.createDeploymentStatus({ ...key, state: 'success', environment_url: 'http://127.0.0.1/' })
  const { data: statuses } = await rest.repos.listDeploymentStatuses(key)
  must('a deployment has its status', statuses[0]?.state === 'success')
}

function must(what: string, holds: boolean): void {
  if (!holds) throw new Error(`This does not hold: ${what}.`)
}
