import { readdirSync } from 'node:fs'
import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Folder } from './terraform.ts'
import { weakToken } from './tokens.ts'

const { account } = startAccount()
const terraform = { required_providers: { cloudflare: { source: 'cloudflare/cloudflare', version: '5.14.0' } } }
const folders: Folder[] = []
function folderWith(resource: object, env: Record<string, string> = {}): Folder {
  const folder = new Folder(env).write({ terraform, resource })
  folders.push(folder)
  return folder
}
afterAll(() => {
  for (const folder of folders) folder.remove()
})

function reaching(token: string): Record<string, string> {
  return { CLOUDFLARE_BASE_URL: `${account().url}/client/v4`, CLOUDFLARE_API_TOKEN: token }
}

describe('a configuration that cannot be right', () => {
  test.each([
    [
      'a misspelt attribute',
      { cloudflare_d1_database: { db: { account_id: 'a', nmae: 'one', name: 'one' } } },
      'Extraneous JSON object property',
      'No argument or block type is named "nmae"',
    ],
    [
      'a wrong type',
      { cloudflare_queue: { q: { account_id: 'a', queue_name: 'jobs', settings: { delivery_delay: 'soon' } } } },
      'Incorrect attribute value type',
      'a number is required',
    ],
    [
      'a missing attribute',
      { cloudflare_d1_database: { db: { account_id: 'a' } } },
      'Missing required argument',
      'The argument "name" is required',
    ],
    [
      'a misspelt type',
      { cloudflare_d1_databse: { db: { account_id: 'a', name: 'one' } } },
      'Invalid resource type',
      'Did you mean "cloudflare_d1_database"?',
    ],
    [
      'a value that is not on the list',
      { cloudflare_d1_database: { db: { account_id: 'a', name: 'one', primary_location_hint: 'moon' } } },
      'Invalid Attribute Value Match',
      'value must be one of: ["wnam" "enam" "weur" "eeur" "apac" "oc"], got: "moon"',
    ],
    [
      'a reference to nothing',
      { cloudflare_d1_database: { db: { account_id: 'a', name: '${cloudflare_queue.none.id}' } } },
      'Reference to undeclared resource',
      'cloudflare_queue',
    ],
  ])('is refused as terraform refuses it: %s', async (_, resource, summary, detail) => {
    const folder = folderWith(resource)
    await folder.do('init')
    const { code, output } = await folder.run('validate')
    expect(code).toBe(1)
    expect(output).toContain(summary)
    expect(output.replaceAll(/\s+/g, ' ')).toContain(detail)
  })
})

describe('an API that refuses', () => {
  test('for want of permission is told in its own words, and what was made stays made', async () => {
    const { accountId: account_id, base, call } = account()
    const folder = folderWith(
      {
        cloudflare_d1_database: { db: { account_id, name: 'allowed' } },
        cloudflare_queue: { q: { account_id, queue_name: 'forbidden' } },
      },
      reaching(await weakToken(account(), 'D1 Write')),
    )
    await folder.do('init')
    const { code, output } = await folder.run('apply', '-auto-approve')
    expect(code).toBe(1)
    expect(output).toContain('Cannot create cloudflare_queue')
    expect(output).toMatch(/POST \/accounts\/\w+\/queues: 403 Forbidden/)
    expect(output).toContain('The token in CLOUDFLARE_API_TOKEN may not do this.')
    expect(folder.held()).toEqual(['db'])
    expect((await call<object[]>('GET', `${base}/queues`)).result).toEqual([])
  })

  test('because a name is taken leaves nothing behind', async () => {
    const { accountId: account_id, base, call, token } = account()
    await call('POST', `${base}/storage/kv/namespaces`, { title: 'taken' })
    const folder = folderWith(
      { cloudflare_workers_kv_namespace: { kv: { account_id, title: 'taken' } } },
      reaching(token),
    )
    await folder.do('init')
    const { code, output } = await folder.run('apply', '-auto-approve')
    expect(code).toBe(1)
    expect(output).toContain('already exists')
    expect(folder.held()).toEqual([])
  })

  test.each([
    ['https://api.cloudflare.com/client/v4', 'The stand-in works on a local cloud only'],
    ['http://127.0.0.1:9/client/v4', 'Cloudflare cannot be reached'],
    ['nonsense', 'is not a URL'],
  ])('because it is %s', async (address, sentence) => {
    const env = { CLOUDFLARE_BASE_URL: address, CLOUDFLARE_API_TOKEN: 'token' }
    const folder = folderWith({ cloudflare_workers_kv_namespace: { kv: { account_id: 'a', title: 't' } } }, env)
    await folder.do('init')
    const { code, output } = await folder.run('apply', '-auto-approve')
    expect(code).toBe(1)
    expect(output.replaceAll(/\s+/g, ' ')).toContain(sentence)
  })
})

test('providers that die in the middle leave a state that is right, and no lock', async () => {
  const { accountId: account_id, token, base, call } = account()
  const many = Array.from({ length: 60 }, (_, at) => [`q${at}`, { account_id, queue_name: `many-${at}` }])
  const folder = folderWith({ cloudflare_queue: Object.fromEntries(many) }, reaching(token))
  await folder.do('init')
  const running = folder.start('apply', '-auto-approve', '-parallelism=1')
  while (!running.output().includes('Creation complete')) await new Promise((done) => setTimeout(done, 5))
  running.signal('SIGKILL')
  const { output } = await running.ended
  expect(output).toContain('Plugin did not respond')
  expect(readdirSync(folder.path)).not.toContain('.terraform.tfstate.lock.info')

  const known = folder.held()
  const there = (await call<{ queue_name: string }[]>('GET', `${base}/queues`)).result
  expect(known.length).toBeGreaterThan(0)
  expect(known.length).toBeLessThan(60)
  // What was asked for when it died may be there without Terraform knowing: those are told as taken, or made anew.
  expect(there.length).toBeGreaterThanOrEqual(known.length)
  for (const { queue_name: name } of there) {
    if (known.includes(name.replace('many-', 'q'))) continue
    const { result } = await call<{ queue_id: string }[]>('GET', `${base}/queues?name=${name}`)
    await call('DELETE', `${base}/queues/${String(result[0]?.queue_id)}`)
  }
  expect(await folder.apply()).toContain(`Resources: ${60 - known.length} added`)
  await folder.do('destroy', '-auto-approve')
}, 60_000)
