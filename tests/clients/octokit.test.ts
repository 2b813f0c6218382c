import { Octokit } from 'octokit'
import { startHub } from '../../localcloud/github/testing/hub.ts'
import { tellStory } from './octokit-story.ts'

const { hub } = startHub()
const place = { owner: 'owner', repo: 'many' }

type Patient = { readonly octokit: Octokit; readonly statuses: number[]; readonly limits: string[] }

/** Octokit as everybody uses it, with its plugins for retries and throttling at work; it notes every answer. */
function patient(tries = 3): Patient {
  const [statuses, limits]: [number[], string[]] = [[], []]
  const noted = (kind: string) => (_after: number, _options: unknown, _octokit: unknown, retries: number) => {
    limits.push(kind)
    return retries < tries
  }
  const octokit = new Octokit({
    auth: hub().token,
    baseUrl: `${hub().url}/api/v3`,
    retry: { retryAfterBaseValue: 10 },
    throttle: { onRateLimit: noted('primary'), onSecondaryRateLimit: noted('secondary') },
    request: {
      fetch: async (url: string, init: RequestInit) => {
        const response = await fetch(url, init)
        statuses.push(response.status)
        return response
      },
    },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  return { octokit, statuses, limits }
}

async function local(path: string, body: object): Promise<void> {
  const response = await fetch(`${hub().url}/_local/${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${hub().token}` },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(204)
}

test('tells its whole story', async () => {
  await expect(tellStory(hub().octokit, 'owner', 'story', new Set())).resolves.toBeUndefined()
})

test('the pagination plugin finds everything, once, in order', async () => {
  const { octokit } = hub()
  await octokit.rest.repos.createForAuthenticatedUser({ name: 'many' })
  for (let number = 1; number <= 75; number += 1)
    await octokit.rest.issues.create({ ...place, title: `Issue ${number}` })
  const numbers = await octokit.paginate(octokit.rest.issues.listForRepo, { ...place, per_page: 20 }, ({ data }) =>
    data.map((issue) => issue.number),
  )
  expect(numbers).toEqual(Array.from({ length: 75 }, (_, index) => 75 - index))
  const { headers } = await octokit.rest.issues.listForRepo({ ...place, per_page: 20, page: 2 })
  const relations = [...String(headers.link).matchAll(/[?&]page=(\d+)[^>]*>; rel="(\w+)"/g)].map(
    ([, page, relation]) => `${relation} ${page}`,
  )
  expect(relations.toSorted()).toEqual(['first 1', 'last 4', 'next 3', 'prev 1'])
  const empty = await octokit.rest.issues.listForRepo({ ...place, per_page: 20, page: 9 })
  expect(empty.data).toEqual([])
})

test.each([500, 502, 503])('the retry plugin outlasts a GitHub that answers %d', async (status) => {
  await local('faults/api', { status, times: 2, path: '/user' })
  const { octokit, statuses } = patient()
  expect((await octokit.rest.users.getAuthenticated()).data.login).toBe('owner')
  expect(statuses).toEqual([status, status, 200])
})

test.each(['primary', 'secondary'])('the throttling plugin waits out a %s limit', async (kind) => {
  await local('faults/api', { kind, status: 403, times: 1, path: '/user', retry_after: 1 })
  const { octokit, statuses, limits } = patient()
  const begin = Date.now()
  expect((await octokit.rest.users.getAuthenticated()).data.login).toBe('owner')
  expect(Date.now() - begin).toBeGreaterThanOrEqual(900)
  expect(statuses).toEqual([403, 200])
  expect(limits).toEqual([kind])
})

test('pages go on through a GitHub that fails and limits', async () => {
  await local('faults/api', { status: 502, times: 1, path: '/issues' })
  const { octokit, statuses, limits } = patient()
  const pages = octokit.paginate.iterator(octokit.rest.issues.listForRepo, { ...place, per_page: 30 })
  const numbers: number[] = []
  for await (const { data } of pages) {
    numbers.push(...data.map(({ number }) => number))
    if (numbers.length === 30) await local('faults/api', { kind: 'secondary', status: 403, path: '/issues' })
  }
  expect(numbers).toEqual(Array.from({ length: 75 }, (_, index) => 75 - index))
  expect(statuses).toEqual([502, 200, 403, 200, 200])
  expect(limits).toEqual(['secondary'])
})

test('a spent hour is refused with the headers that say when the next begins', async () => {
  await local('limits', { authenticated: 3 })
  const { octokit } = hub()
  const left: (string | undefined)[] = []
  for (let call = 0; call < 3; call += 1)
    left.push((await octokit.rest.users.getAuthenticated()).headers['x-ratelimit-remaining'])
  expect(left).toEqual(['2', '1', '0'])
  const refused = await octokit.rest.users.getAuthenticated().catch((error) => error.response)
  expect(refused.status).toBe(403)
  expect(refused.data.message).toMatch(/^API rate limit exceeded for user ID 1\. .* request ID [0-9A-F:]+\.$/)
  expect(refused.headers).toMatchObject({
    'x-ratelimit-limit': '3',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-resource': 'core',
  })
  const { data: limits } = await octokit.rest.rateLimit.get()
  expect(limits.resources.core).toMatchObject({ limit: 3, remaining: 0, used: 3 })
  const given = patient(0)
  await expect(given.octokit.rest.users.getAuthenticated()).rejects.toMatchObject({ status: 403 })
  expect(given).toMatchObject({ statuses: [403], limits: ['primary'] })
  await local('limits', { authenticated: 0 })
  const asked = patient(0).octokit.graphql('{ viewer { login } }')
  await expect(asked).rejects.toMatchObject({ errors: [{ type: 'RATE_LIMITED' }] })
  await local('limits', { authenticated: 5000 })
})
