import { githubAddresses } from './github-address.ts'

test.each([
  [undefined, 'https://api.github.com', 'https://api.github.com/graphql'],
  ['https://api.github.com/', 'https://api.github.com', 'https://api.github.com/graphql'],
  ['http://127.0.0.1:8789/', 'http://127.0.0.1:8789/api/v3', 'http://127.0.0.1:8789/api/graphql'],
  ['http://127.0.0.1:8789/api/v3', 'http://127.0.0.1:8789/api/v3', 'http://127.0.0.1:8789/api/graphql'],
])('a GitHub at %s answers at %s and %s', (base, rest, graphql) => {
  expect(githubAddresses(base)).toEqual({ rest, graphql })
})
