import { startAccount } from '../testing.ts'

type Bucket = { name: string; location: string; jurisdiction: string }
type Listing = { key: string; size: number; custom_metadata: object; http_metadata: object }[]
type Job = { id: string; status: string; prefixDelete: { deletedObjects: number } }

describe('R2', () => {
  const { account } = startAccount()
  const base = () => `${account().base}/r2/buckets`
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    account().call<never>(method, `${base()}${path}`, body, { headers })
  const make = async (name: string) => {
    await call('POST', '', { name })
    return `/${name}`
  }
  const read = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${account().url}/client/v4${base()}${path}`, {
      headers: { authorization: `Bearer ${account().token}`, ...headers },
    })

  test('buckets are made, listed page by page, changed and deleted', async () => {
    expect(await call('POST', '', { name: 'first', locationHint: 'eeur' })).toMatchObject({
      status: 200,
      result: { name: 'first', storage_class: 'Standard', jurisdiction: 'default' },
    })
    expect(await call('POST', '', { name: 'first' })).toMatchObject({ status: 409, errors: [{ code: 10_004 }] })
    expect(await call('POST', '', { name: 'No Good' })).toMatchObject({ status: 400, errors: [{ code: 10_005 }] })
    expect(await call('POST', '', { name: 'ok-name', storageClass: 'Foo' })).toMatchObject({
      status: 400,
      errors: [{ code: 10_040, message: 'The JSON you provided was not well formed.' }],
    })
    await make('second')
    const page = await account().call<{ buckets: Bucket[] }>('GET', `${base()}?per_page=1`)
    expect(page.result.buckets.map(({ name }) => name)).toEqual(['first'])
    const next = `${base()}?per_page=1&cursor=${String(page.result_info?.['cursor'])}`
    const last = await account().call<{ buckets: Bucket[] }>('GET', next)
    expect(last.result.buckets.map(({ name }) => name)).toEqual(['second'])
    expect(last.result_info).toEqual({ per_page: 1 })
    expect(await call('GET', '?name_contains=fir&direction=desc')).toMatchObject({
      result: { buckets: [{ name: 'first' }] },
    })
    const changed = await call('PATCH', '/first', undefined, { 'cf-r2-storage-class': 'InfrequentAccess' })
    expect(changed).toMatchObject({ result: { storage_class: 'InfrequentAccess' } })
    expect(await call('GET', '/first', undefined, { 'cf-r2-jurisdiction': 'eu' })).toMatchObject({ status: 404 })
    await call('PUT', '/first/objects/a', 'x')
    expect(await call('DELETE', '/first')).toMatchObject({
      status: 409,
      errors: [
        {
          code: 10_008,
          message: `The bucket you tried to delete (first) is not empty (account ${account().accountId}).`,
        },
      ],
    })
    await call('DELETE', '/first/objects/a')
    expect(await call('DELETE', '/first')).toMatchObject({ status: 200, result: {} })
    expect(await call('GET', '/first')).toMatchObject({ status: 404, errors: [{ code: 10_006 }] })
    expect(await call('GET', '/B')).toMatchObject({ status: 400, errors: [{ code: 10_005 }] })
  })

  test('objects are kept under keys with slashes, with what their headers say', async () => {
    const bucket = await make('objects')
    const put = await call('PUT', `${bucket}/objects/a/b%20c.txt`, 'hello', {
      'content-type': 'text/plain',
      'cache-control': 'max-age=60',
    })
    expect(put).toMatchObject({ result: { key: 'a/b c.txt', size: '5', storage_class: 'Standard' } })
    const got = await read(`${bucket}/objects/a/b%20c.txt`)
    expect(await got.text()).toBe('hello')
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'content-type': 'text/plain',
      'content-length': '5',
      'cache-control': 'max-age=60',
      etag: '"5d41402abc4b2a76b9719d911017c592"',
    })
    const etag = got.headers.get('etag') ?? ''
    expect((await read(`${bucket}/objects/a/b%20c.txt`, { 'if-none-match': etag })).status).toBe(304)
    expect(await call('GET', `${bucket}/objects/none`)).toMatchObject({ status: 404, errors: [{ code: 10_007 }] })
    expect(await call('PUT', `${bucket}/objects/${'k'.repeat(1025)}`, 'x')).toMatchObject({
      errors: [{ code: 10_020 }],
    })
    expect(await call('PUT', `/missing/objects/a`, 'x')).toMatchObject({ status: 404, errors: [{ code: 10_006 }] })
    await Promise.all(['a/1', 'a/2', 'b/1', 'c'].map((key) => call('PUT', `${bucket}/objects/${key}`, key)))
    const all = await account().call<Listing>('GET', `${base()}${bucket}/objects?per_page=3`)
    expect(all.result.map(({ key }) => key)).toEqual(['a/1', 'a/2', 'a/b c.txt'])
    expect(all.result[2]).toMatchObject({ size: 5, http_metadata: { contentType: 'text/plain' } })
    const cursor = encodeURIComponent(String(all.result_info?.['cursor']))
    const rest = await account().call<Listing>('GET', `${base()}${bucket}/objects?per_page=3&cursor=${cursor}`)
    expect(rest.result.map(({ key }) => key)).toEqual(['b/1', 'c'])
    expect(rest.result_info).toMatchObject({ is_truncated: false })
    const level = await account().call<Listing>('GET', `${base()}${bucket}/objects?delimiter=/`)
    expect(level.result.map(({ key }) => key)).toEqual(['c'])
    expect(level.result_info).toMatchObject({ delimited: ['a/', 'b/'] })
    expect(await call('DELETE', `${bucket}/objects`, ['b/1', 'c'])).toMatchObject({
      result: [{ key: 'b/1' }, { key: 'c' }],
    })
    const job = await account().call<Job>('DELETE', `${base()}${bucket}/objects?prefix=a/`)
    expect(job.result).toMatchObject({ status: 'COMPLETED', prefixDelete: { deletedObjects: 3, isBucketClear: false } })
    expect(await call('GET', `${bucket}/jobs/${job.result.id}`)).toMatchObject({ result: { id: job.result.id } })
    expect(await call('DELETE', `${bucket}/objects?prefix=a`)).toMatchObject({ status: 400 })
    expect(await call('GET', `${bucket}/objects`)).toMatchObject({ result: [] })
  })

  test('a large object streams through and back', async () => {
    const bucket = await make('large')
    const bytes = new Uint8Array(20 * 1024 * 1024).map((_, index) => index % 251)
    await call('PUT', `${bucket}/objects/big`, bytes)
    const back = new Uint8Array(await (await read(`${bucket}/objects/big`)).arrayBuffer())
    expect(Buffer.compare(back, bytes)).toBe(0)
  })

  test('a bucket of hundreds is emptied by a job that goes on', async () => {
    const bucket = await make('many')
    for (let from = 0; from < 250; from += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => call('PUT', `${bucket}/objects/k${from + index}`, '')))
    }
    const { result } = await account().call<Job>('DELETE', `${base()}${bucket}/objects?prefix=`)
    expect(result.status).toBe('RUNNING')
    const ended = async (): Promise<Job> => {
      const job = await account().call<Job>('GET', `${base()}${bucket}/jobs/${result.id}`)
      return job.result.status === 'RUNNING' ? ended() : job.result
    }
    expect(await ended()).toMatchObject({ status: 'COMPLETED', prefixDelete: { deletedObjects: 250 } })
    expect(await call('DELETE', bucket)).toMatchObject({ status: 200 })
  })

  test('settings are kept and given back', async () => {
    const bucket = await make('settings')
    expect(await call('GET', `${bucket}/cors`)).toMatchObject({
      status: 404,
      errors: [{ code: 10_059, message: 'The CORS configuration does not exist.' }],
    })
    const cors = { rules: [{ allowed: { methods: ['GET'], origins: ['https://example.com'] }, maxAgeSeconds: 60 }] }
    expect(await call('PUT', `${bucket}/cors`, cors)).toMatchObject({ status: 200 })
    expect(await call('GET', `${bucket}/cors`)).toMatchObject({ result: cors })
    const wrong = { rules: [{ allowed: { methods: ['GET'], origins: ['https://'] } }] }
    expect(await call('PUT', `${bucket}/cors`, wrong)).toMatchObject({ status: 400, errors: [{ code: 10_040 }] })
    await call('DELETE', `${bucket}/cors`)
    expect(await call('GET', `${bucket}/cors`)).toMatchObject({ status: 404 })
    expect(await call('GET', `${bucket}/lifecycle`)).toMatchObject({
      result: { rules: [{ id: 'Default Multipart Abort Rule' }] },
    })
    const condition = { type: 'Age', maxAge: 86_400 }
    const rules = [{ id: 'old', enabled: true, conditions: { prefix: 'tmp/' }, deleteObjectsTransition: { condition } }]
    await call('PUT', `${bucket}/lifecycle`, { rules })
    expect(await call('GET', `${bucket}/lifecycle`)).toMatchObject({ result: { rules } })
    const locks = { rules: [{ id: 'l', enabled: true, condition: { type: 'Indefinite' } }] }
    await call('PUT', `${bucket}/lock`, locks)
    expect(await call('GET', `${bucket}/lock`)).toMatchObject({ result: locks })
    expect(await call('PUT', `${bucket}/domains/managed`, { enabled: true })).toMatchObject({
      result: { enabled: true, domain: expect.stringMatching(/^pub-[0-9a-f]{32}\.r2\.dev$/) },
    })
    const domain = { domain: 'files.example.com', zoneId: 'f'.repeat(32), enabled: true }
    expect(await call('POST', `${bucket}/domains/custom`, domain)).toMatchObject({ status: 200, result: domain })
    expect(await call('POST', `${bucket}/domains/custom`, domain)).toMatchObject({ status: 409 })
    expect(await call('GET', `${bucket}/domains/custom/files.example.com`)).toMatchObject({
      result: { domain: 'files.example.com', status: { ownership: 'active', ssl: 'active' } },
    })
    await call('DELETE', `${bucket}/domains/custom/files.example.com`)
    expect(await call('GET', `${bucket}/domains/custom`)).toMatchObject({ result: { domains: [] } })
    expect(await call('GET', `${bucket}/domains/custom/files.example.com`)).toMatchObject({ status: 404 })
  })

  test('its storage is counted, also by the GraphQL API', async () => {
    const bucket = await make('usage')
    await call('PUT', `${bucket}/objects/key`, '12345')
    const query = `query ($accountTag: String, $filter: R2Filter) {
      viewer { accounts(filter: { accountTag: $accountTag }) { r2StorageAdaptiveGroups(limit: 1) { max { objectCount } } } }
    }`
    const variables = { accountTag: account().accountId, filter: { bucketName: 'usage' } }
    const reply = await account().call('POST', '/graphql', { query, variables })
    expect(reply).toMatchObject({
      data: { viewer: { accounts: [{ r2StorageAdaptiveGroups: [{ max: { objectCount: 1, payloadSize: 5 } }] }] } },
      errors: null,
    })
    expect(await account().call('POST', '/graphql', { query: '{' })).toMatchObject({ status: 400, data: null })
    expect(await account().call('GET', `${account().base}/r2/metrics`)).toMatchObject({
      result: { standard: { published: { objects: expect.any(Number) } } },
    })
  })

  test('rules of notifications are kept, and stand in the way of emptying and deleting', async () => {
    const bucket = await make('events')
    const at = Date.now()
    account().cloud.store.run(
      'insert into queues (id, name, created_at, modified_at) values (?, ?, ?, ?)',
      'f'.repeat(32),
      'q',
      at,
      at,
    )
    const rulesOf = `${account().base}/event_notifications/r2/events/configuration`
    const one = `${rulesOf}/queues/${'f'.repeat(32)}`
    const rules = [{ actions: ['PutObject'], prefix: 'img/' }]
    expect(await account().call('GET', rulesOf)).toMatchObject({ status: 404, errors: [{ code: 11_015 }] })
    expect(await account().call('PUT', one, { rules })).toMatchObject({ status: 200 })
    expect(await account().call('PUT', one, { rules })).toMatchObject({ status: 409, errors: [{ code: 11_020 }] })
    expect(await account().call('GET', rulesOf)).toMatchObject({
      result: { bucketName: 'events', queues: [{ queueName: 'q', rules: [{ prefix: 'img/' }] }] },
    })
    expect(await account().call('PUT', `${rulesOf}/queues/none`, { rules })).toMatchObject({
      errors: [{ code: 11_000 }],
    })
    expect(await call('DELETE', `${bucket}/objects?prefix=`)).toMatchObject({ status: 409, errors: [{ code: 10_034 }] })
    expect(await call('DELETE', bucket)).toMatchObject({ status: 409, errors: [{ code: 10_034 }] })
    expect(await account().call('DELETE', one)).toMatchObject({ status: 200 })
    expect(await call('DELETE', bucket)).toMatchObject({ status: 200 })
  })
  test('temporary credentials are given for a bucket and a token that are there', async () => {
    await make('temporary')
    const tokens = await account().call<{ id: string }[]>('GET', '/user/tokens')
    const made = account().cloud.store.rows('select id from tokens')[0]
    const wanted = {
      bucket: 'temporary',
      parentAccessKeyId: tokens.result[0]?.id ?? made?.['id'],
      permission: 'object-read-only',
      ttlSeconds: 900,
    }
    const path = `${account().base}/r2/temp-access-credentials`
    expect(await account().call('POST', path, wanted)).toMatchObject({
      result: {
        accessKeyId: expect.any(String),
        secretAccessKey: expect.any(String),
        sessionToken: expect.any(String),
      },
    })
    expect(await account().call('POST', path, { ...wanted, bucket: 'none' })).toMatchObject({
      errors: [{ code: 10_006 }],
    })
    expect((await account().call('POST', path, { ...wanted, parentAccessKeyId: 'none' })).status).toBe(401)
    expect((await account().call('POST', path, { ...wanted, ttlSeconds: 700_000 })).status).toBe(400)
  })
})
