import { Problem } from '../../platform/problem.ts'
import { isSameRepository, repositoryAt } from './repository.ts'

test.each([
  'https://github.com/acme/shop.web',
  'https://github.com/acme/shop.web.git',
  'https://GitHub.com/acme/shop.web/',
  'https://www.github.com/acme/shop.web/tree/main/apps?tab=readme#top',
  'git@github.com:acme/shop.web.git',
  'git@github.com:acme/shop.web',
  'ssh://git@github.com/acme/shop.web.git',
  '  https://github.com/acme/shop.web  ',
])('%s', (address) => {
  expect(repositoryAt(address)).toEqual({ owner: 'acme', name: 'shop.web' })
})

test.each([
  ['https://gitlab.com/acme/shop', 'gitlab.com'],
  ['https://github.com.evil.example/acme/shop', 'github.com.evil.example'],
  ['git@bitbucket.org:acme/shop.git', 'bitbucket.org'],
  ['https://github.com/acme', 'no address'],
  ['https://github.com/', 'no address'],
  ['https://github.com/-acme/shop', 'no address'],
  ['https://github.com/acme/..', 'no address'],
  ['https://github.com/acme/a%20b', 'no address'],
  ['acme/shop', 'no address'],
  ['', 'no address'],
  ['garbage', 'no address'],
  ['javascript:alert(1)', 'no address'],
  ['https://github.com:8443/acme/shop', 'no address'],
])('%s is refused, and told what is accepted', (address, why) => {
  const failure = failureOf(address)
  expect(failure).toMatchObject({ kind: 'invalid-request', message: expect.stringContaining(why) })
  expect(failure.message).toContain('https://github.com/<owner>/<repository>')
})

test('a password in an address is refused and not repeated', () => {
  const { message } = failureOf('https://x:ghp_secret@github.com/acme/shop')
  expect(message).toContain('credentials')
  expect(message).not.toContain('ghp_secret')
})

test('names are the same whatever their case', () => {
  expect(isSameRepository({ owner: 'Acme', name: 'Shop' }, { owner: 'acme', name: 'shop' })).toBe(true)
  expect(isSameRepository({ owner: 'acme', name: 'shop' }, { owner: 'acme', name: 'shop2' })).toBe(false)
})

function failureOf(address: string): Problem {
  try {
    repositoryAt(address)
  } catch (error) {
    if (error instanceof Problem) return error
  }
  throw new Error('It was accepted.')
}
