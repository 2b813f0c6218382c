import { mergedBy } from './merged.ts'

const [pushed, at] = ['a'.repeat(40), '2026-11-21T12:00:00Z']
const pull = { number: 1, created_at: at, merged_at: at, merge_commit_sha: pushed, base: { ref: 'main' } }
const env = { GITHUB_SHA: pushed, GITHUB_REF: 'refs/heads/main' }

test('a commit is reviewed on the pull request that brought it to this branch', () => {
  expect(mergedBy([{ ...pull, number: 7, merge_commit_sha: 'b'.repeat(40) }, pull], env)).toEqual(pull)
})

test.each([
  ['a pull request that is open', { merged_at: null }],
  ['one that has the commit in it', { merge_commit_sha: 'b'.repeat(40) }],
  ['one that was merged into another branch', { base: { ref: 'staging' } }],
])('%s reviewed nothing that is pushed here', (_, other) => {
  expect(mergedBy([{ ...pull, ...other }], env)).toBeNull()
})
