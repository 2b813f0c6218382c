import { judge } from './repositories.ts'

const fine = { exists: true, isManaged: true, branches: ['main', 'release/1'], mayAdminister: true }
const gone = { ...fine, exists: false, branches: null }
const place = 'github.repositories[2]'

test.each([
  ['what is as wanted', {}, fine, [], []],
  ['what is new', {}, { ...gone, isManaged: false }, [], []],
  ['branches that nobody could count', { defaultBranch: 'trunk' }, { ...fine, branches: null }, [], []],
  ['a pattern that matches', { protection: [{ branches: 'main' }, { branches: 'release/*' }] }, fine, [], []],
  [
    'what is in the state and not to be seen',
    { existing: true },
    gone,
    [],
    [`${place}: acme/shop is in the state, but GITHUB_TOKEN sees none: it was deleted, or the token is for others.`],
  ],
  [
    'one to be taken over that has no commit',
    { existing: true },
    { ...fine, isManaged: false, branches: [] },
    [`${place}.defaultBranch: acme/shop has no branch "main"; it has none: push it first, or correct it.`],
    [],
  ],
])('%s', (_, wanted, found, faults, warnings) => {
  expect(judge('acme', { name: 'shop', ...wanted }, 2, found)).toEqual({ faults, warnings })
})
