import { groups } from '../permissions/groups.ts'
import { startAccount } from '../testing.ts'

type Token = { id: string; value: string; status: string }

const idOf = (name: string) => groups.find((group) => group.name === name)?.id ?? ''

describe('tokens', () => {
  let at = Date.UTC(2026, 0, 1)
  const { account } = startAccount({ now: () => at })
  const policy = (name: string, effect = 'allow', resource = `com.cloudflare.api.account.${account().accountId}`) => ({
    effect,
    resources: { [resource]: '*' },
    permission_groups: [{ id: idOf(name) }],
  })
  const make = async (name: string, policies: unknown[], more = {}) => {
    const { result } = await account().call<Token>('POST', `${account().base}/tokens`, { name, policies, ...more })
    return result
  }
  const as = (token: Token, method: string, path: string) =>
    account().call(method, path, undefined, { headers: { authorization: `Bearer ${token.value}` } })

  test('show their value once and keep only its hash', async () => {
    const token = await make('ci', [policy('D1 Read')])
    expect(token.value).toMatch(/^cfat_[0-9A-Za-z_-]{40,75}$/)
    const { result } = await account().call<Token>('GET', `${account().base}/tokens/${token.id}`)
    expect(result).toMatchObject({ name: 'ci', status: 'active', issued_on: '2026-01-01T00:00:00Z' })
    expect(result.value).toBeUndefined()
    expect(await as(token, 'GET', `${account().base}/tokens/verify`)).toMatchObject({ result: { id: token.id } })
    expect(await as(token, 'GET', '/user/tokens/verify')).toMatchObject({ status: 401, errors: [{ code: 1000 }] })
  })

  test('may do what a policy allows and nothing else', async () => {
    const token = await make('tails', [policy('Account API Tokens Read'), policy('D1 Read')])
    expect(await as(token, 'GET', `${account().base}/tokens`)).toMatchObject({ status: 200 })
    expect(await as(token, 'POST', `${account().base}/tokens`)).toMatchObject({
      status: 403,
      errors: [{ code: 10_000 }],
    })
    expect(await as(token, 'GET', '/user')).toMatchObject({ status: 403, errors: [{ code: 9109 }] })
  })

  test('obey an explicit denial, and policies for other accounts give nothing', async () => {
    const denied = await make('denied', [policy('Account API Tokens Read'), policy('Account API Tokens Read', 'deny')])
    expect(await as(denied, 'GET', `${account().base}/tokens`)).toMatchObject({ status: 403 })
    const other = await make('other', [policy('Account API Tokens Read', 'allow', 'com.cloudflare.api.account.other')])
    expect(await as(other, 'GET', `${account().base}/tokens`)).toMatchObject({ status: 403 })
  })

  test('live between not_before and expires_on', async () => {
    const times = { not_before: '2026-01-02T00:00:00Z', expires_on: '2026-01-03T00:00:00Z' }
    const token = await make('week', [policy('Account API Tokens Read')], times)
    const status = async () => (await as(token, 'GET', `${account().base}/tokens`)).status
    expect(await status()).toBe(401)
    at = Date.UTC(2026, 0, 2)
    expect(await status()).toBe(200)
    at = Date.UTC(2026, 0, 3)
    expect(await status()).toBe(401)
    const { result } = await account().call('GET', `${account().base}/tokens/${token.id}`)
    expect(result).toMatchObject({ status: 'expired' })
  })

  test('can be disabled, rolled and deleted', async () => {
    const path = (token: Token) => `${account().base}/tokens/${token.id}`
    const body = { name: 'switch', policies: [policy('Account API Tokens Read')] }
    const token = await make('switch', body.policies)
    const rolled = await account().call<string>('PUT', `${path(token)}/value`, {})
    expect(await as(token, 'GET', `${account().base}/tokens`)).toMatchObject({ status: 401 })
    const renewed = { ...token, value: rolled.result }
    expect(await as(renewed, 'GET', `${account().base}/tokens`)).toMatchObject({ status: 200 })
    await account().call('PUT', path(token), { ...body, status: 'disabled' })
    expect(await as(renewed, 'GET', `${account().base}/tokens`)).toMatchObject({ status: 401 })
    expect(await account().call('DELETE', path(token))).toMatchObject({ result: { id: token.id } })
    expect(await account().call('GET', path(token))).toMatchObject({ status: 404, errors: [{ code: 1003 }] })
  })

  test('hand on no more than their holder has, and no group that is none', async () => {
    const maker = await make('maker', [policy('Account API Tokens Write')])
    const call = (policies: unknown[]) =>
      account().call(
        'POST',
        `${account().base}/tokens`,
        { name: 'x', policies },
        {
          headers: { authorization: `Bearer ${maker.value}` },
        },
      )
    expect(await call([policy('Workers Scripts Write')])).toMatchObject({ status: 403, errors: [{ code: 9109 }] })
    expect(await call([{ ...policy('D1 Read'), permission_groups: [{ id: 'f'.repeat(32) }] }])).toMatchObject({
      status: 400,
      errors: [{ code: 1001 }],
    })
  })

  test.each([
    ['a user', 50, () => '/user/tokens'],
    ['an account', 500, () => `${account().base}/tokens`],
  ])('are limited for %s to %s', async (_, most, path) => {
    const { store } = account().cloud
    const kept = () =>
      store.count('select count(*) from tokens where kind = ?', path().startsWith('/user') ? 'user' : 'account')
    const before = kept()
    const free = most - Number((await account().call('GET', path())).result_info?.['total_count'])
    const body = { name: 'many', policies: [policy('D1 Read')] }
    const another = () => account().call('POST', path(), body)
    const made = await Promise.all(Array.from({ length: free }, another))
    expect(made.filter(({ status }) => status !== 200)).toEqual([])
    const message = `You have reached the maximum number of ${most} API tokens`
    expect(await another()).toMatchObject({ status: 400, errors: [{ code: 1001, message }] })
    expect(kept()).toBe(before + free)
  })

  test('end their lists with an empty page', async () => {
    const { result, result_info: info } = await account().call<Token[]>('GET', '/user/tokens?per_page=20&page=3')
    expect(result).toHaveLength(10)
    expect(info).toMatchObject({ page: 3, count: 10, total_count: 50, total_pages: 3 })
    expect(await account().call('GET', '/user/tokens?per_page=20&page=4')).toMatchObject({ result: [] })
  })
})
