import { newUser, openPull, tokenOf } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const place = { owner: 'owner', repo: 'code' }
const tell = () => hub().octokit.rest

const open = (branch: string, more: object = {}) => openPull(hub(), place, branch, more)

beforeAll(async () => {
  await tell().repos.createForAuthenticatedUser({ name: 'code', auto_init: true })
  await newUser(hub(), 'helper')
  await tell().repos.addCollaborator({ ...place, username: 'helper', permission: 'push' })
})

test('reviews are asked for, written, and counted', async () => {
  const helper = hub().client(await tokenOf(hub(), 'helper')).rest
  const key = await open('reviewed')
  await expect(tell().pulls.requestReviewers({ ...key, reviewers: ['owner'] })).rejects.toMatchObject({ status: 422 })
  expect(
    (await tell().pulls.requestReviewers({ ...key, reviewers: ['helper'] })).data.requested_reviewers,
  ).toMatchObject([{ login: 'helper' }])
  await expect(tell().pulls.createReview({ ...key, event: 'APPROVE' })).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: ['Can not approve your own pull request'] } },
  })
  const protection = {
    required_status_checks: null,
    enforce_admins: true,
    restrictions: null,
    required_pull_request_reviews: { required_approving_review_count: 1 },
  }
  await tell().repos.updateBranchProtection({ ...place, branch: 'main', ...protection })
  expect((await tell().pulls.get(key)).data.mergeable_state).toBe('blocked')
  await expect(tell().pulls.merge(key)).rejects.toMatchObject({
    status: 405,
    response: { data: { message: 'At least 1 approving review is required by reviewers with write access.' } },
  })
  const comments = [{ path: 'reviewed.txt', line: 1, side: 'RIGHT' as const, body: 'Why?' }]
  const { data: asked } = await helper.pulls.createReview({
    ...key,
    event: 'REQUEST_CHANGES',
    body: 'Please',
    comments,
  })
  expect(asked).toMatchObject({ state: 'CHANGES_REQUESTED', user: { login: 'helper' } })
  expect((await tell().pulls.listRequestedReviewers(key)).data.users).toEqual([])
  expect((await tell().pulls.listCommentsForReview({ ...key, review_id: asked.id })).data).toMatchObject([
    { body: 'Why?', diff_hunk: '@@ -0,0 +1 @@\n+reviewed' },
  ])
  await tell().pulls.dismissReview({ ...key, review_id: asked.id, message: 'Done' })
  const { data: pending } = await helper.pulls.createReview({ ...key })
  expect(pending.state).toBe('PENDING')
  expect((await tell().pulls.listReviews(key)).data.map(({ state }) => state)).toEqual(['DISMISSED'])
  await helper.pulls.submitReview({ ...key, review_id: pending.id, event: 'APPROVE' })
  expect((await tell().pulls.getReview({ ...key, review_id: pending.id })).data.state).toBe('APPROVED')
  expect((await tell().pulls.get(key)).data.mergeable_state).toBe('clean')
  expect((await tell().pulls.merge(key)).data.merged).toBe(true)
  await tell().repos.deleteBranchProtection({ ...place, branch: 'main' })
})

test('lines are talked about, and only lines that changed', async () => {
  const key = await open('discussed')
  const commit_id = (await tell().pulls.get(key)).data.head.sha
  const { data: comment } = await tell().pulls.createReviewComment({
    ...key,
    commit_id,
    path: 'discussed.txt',
    line: 1,
    body: 'Here',
  })
  const { data: reply } = await tell().pulls.createReplyForReviewComment({
    ...key,
    comment_id: comment.id,
    body: 'There',
  })
  expect(reply.in_reply_to_id).toBe(comment.id)
  await expect(
    tell().pulls.createReviewComment({ ...key, commit_id, path: 'README.md', line: 1, body: 'x' }),
  ).rejects.toMatchObject({ status: 422 })
  await expect(
    tell().pulls.createReviewComment({ ...key, commit_id, path: 'discussed.txt', line: 9, body: 'x' }),
  ).rejects.toMatchObject({ status: 422 })
  expect((await tell().pulls.updateReviewComment({ ...place, comment_id: comment.id, body: 'Edited' })).data.body).toBe(
    'Edited',
  )
  expect((await tell().pulls.listReviewComments(key)).data).toHaveLength(2)
  expect((await tell().pulls.listReviewCommentsForRepo(place)).data.length).toBeGreaterThan(1)
  await tell().pulls.deleteReviewComment({ ...place, comment_id: reply.id })
  await expect(tell().pulls.getReviewComment({ ...place, comment_id: reply.id })).rejects.toMatchObject({ status: 404 })
})
