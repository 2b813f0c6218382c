import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { takeFolder } from '../../scripts/embedded/folder.ts'
import { startServers } from './server.ts'
import type { Server } from './server.ts'

const { start, folder } = startServers()
const run = promisify(execFile)

type Credentials = {
  client_auth_token: string
  cloudflare: { api_url: string; account_id: string; api_token: string } | null
  github: { api_url: string; token: string; webhook_secret: string } | null
}
const local = { THROUGHLINE_CLOUD: 'local', THROUGHLINE_GITHUB: 'local', CLOUD_PORT: '0', GITHUB_PORT: '0' }

function credentialsIn(data: string): Credentials {
  return JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8')) as Credentials
}

function bearer(token: string): RequestInit {
  return { headers: { authorization: `Bearer ${token}`, 'user-agent': 'test' } }
}

async function both(data: string, env: Record<string, string> = {}, ...args: string[]) {
  const server = await (await start({ DATA_DIR: data, ...local, ...env }, ...args)).ready()
  const { cloudflare, github } = credentialsIn(data)
  if (!cloudflare || !github) throw new Error('There is no local cloud.')
  return { server, cloudflare, github }
}

describe('npm start', () => {
  test('starts an account and a GitHub, and tells scripts and people how they are reached', async () => {
    const data = folder()
    const { server, cloudflare, github } = await both(data)
    expect(statSync(join(data, 'credentials.json')).mode & 0o777).toBe(0o600)
    for (const url of [server.url, cloudflare.api_url, github.api_url]) expect(server.output.out).toContain(url)
    expect(server.output.out).toContain(credentialsIn(data).client_auth_token)
    for (const secret of [cloudflare.api_token, github.token, github.webhook_secret])
      expect(server.output.out).not.toContain(secret)
    const account = await fetch(`${cloudflare.api_url}/accounts/${cloudflare.account_id}`, bearer(cloudflare.api_token))
    expect(await account.json()).toMatchObject({ success: true, result: { id: cloudflare.account_id } })
    expect((await fetch(`${github.api_url}/user`, bearer(github.token))).status).toBe(200)
  })

  test('takes nothing from stray tokens and addresses in the shell', async () => {
    const strays = {
      CLOUDFLARE_API_TOKEN: 'stray-cloudflare-token',
      CLOUDFLARE_ACCOUNT_ID: 'f'.repeat(32),
      CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9/client/v4',
      CF_API_TOKEN: 'stray-cf-token',
      GITHUB_TOKEN: 'stray-github-token',
      GH_TOKEN: 'stray-gh-token',
      GITHUB_API_URL: 'http://127.0.0.1:9',
      GITHUB_WEBHOOK_SECRET: 'stray-secret',
    }
    const data = folder()
    const { cloudflare, github } = await both(data, strays)
    const kept = readFileSync(join(data, 'credentials.json'), 'utf8')
    for (const stray of Object.values(strays)) expect(kept).not.toContain(stray)
    expect(cloudflare.api_url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/client\/v4$/)
    expect(github.api_url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v3$/)
    expect((await fetch(`${github.api_url}/user`, bearer(strays.GITHUB_TOKEN))).status).toBe(401)
    const zones = await fetch(`${cloudflare.api_url}/zones`, bearer(strays.CLOUDFLARE_API_TOKEN))
    expect(zones.status).toBeGreaterThanOrEqual(400)
  })

  test('gives the GitHub its commands and its socket', async () => {
    const data = folder()
    const runner = join(data, 'runner.json')
    const socket = join(data, 'github.sock')
    writeFileSync(runner, '{"bindings": [{"repository": "nobody"}]}')
    const refused = await start({ ...local, GITHUB_RUNNER: runner })
    expect(await refused.ended).toMatchObject({ code: 1 })
    expect(refused.output.err).toContain(`The runner's file ${runner} is wrong`)
    await both(data, { GITHUB_SOCKET: socket })
    expect(statSync(socket).isSocket()).toBe(true)
  })

  test('names an address that can be called when it listens everywhere', async () => {
    const { cloudflare, github } = await both(folder(), { HOST: '0.0.0.0' })
    for (const { api_url: url } of [cloudflare, github]) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//)
  })

  test('keeps what the clouds hold over a kill, until --reset', async () => {
    const data = folder()
    const first = await both(data)
    const made = await fetch(`${first.github.api_url}/user/repos`, {
      ...bearer(first.github.token),
      method: 'POST',
      body: JSON.stringify({ name: 'kept' }),
    })
    expect(made.status).toBe(201)
    const namespaces = `/accounts/${first.cloudflare.account_id}/storage/kv/namespaces`
    const put = await fetch(`${first.cloudflare.api_url}${namespaces}`, {
      ...bearer(first.cloudflare.api_token),
      method: 'POST',
      body: JSON.stringify({ title: 'kept' }),
    })
    expect(put.status).toBe(200)
    await first.server.stop('SIGKILL')

    const second = await both(data)
    expect(second.cloudflare).toMatchObject({
      account_id: first.cloudflare.account_id,
      api_token: first.cloudflare.api_token,
    })
    expect(second.github.token).toBe(first.github.token)
    expect(await countOf(second)).toEqual([1, 1])
    await second.server.stop()

    const again = await both(data, {}, '--reset')
    expect(await countOf(again)).toEqual([0, 0])
  }, 60_000)

  test('resets nothing that is in use', async () => {
    const data = folder()
    const alone = takeFolder(join(data, 'cloud'))
    const refused = await start({ DATA_DIR: data, ...local }, '--reset')
    expect(await refused.ended).toMatchObject({ code: 1 })
    expect(refused.output.err).toContain(`is using the data folder ${join(data, 'cloud')}`)
    alone.release()
  })

  test('listens where nobody else can have files written', async () => {
    const data = folder()
    await both(data)
    const ids = readdirSync(data, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.pid'))
      .map((name) => readFileSync(join(data, name), 'utf8').trim())
      .filter((id) => id !== '')
    const ports = ids.map((id) => /loopback=[^\0]*:(\d+)/.exec(readFileSync(`/proc/${id}/cmdline`, 'utf8'))?.[1])
    // The product's, and that of what is deployed.
    expect(ports.length).toBeGreaterThanOrEqual(2)
    for (const port of ports) {
      const file = `/core/store-temp-file?extension=/../../../../..${data}/written`
      for (const [path, headers] of [
        [file, {}],
        ['/core/log', { 'mf-original-url': `http://localhost${file}` }],
        ['/core/do-storage/', {}],
        ['/core/error', {}],
      ] as const) {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: 'x', headers })
        expect([path, answer.status]).toEqual([path, 404])
      }
    }
    expect(existsSync(join(data, 'written'))).toBe(false)
  })

  test('works on real accounts only if they are asked for by name, address and token together', async () => {
    const data = folder()
    const env = {
      DATA_DIR: data,
      THROUGHLINE_CLOUD: 'real',
      CLOUDFLARE_ACCOUNT_ID: 'a'.repeat(32),
      CLOUDFLARE_API_TOKEN: 'real-token',
      CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9',
    }
    await (await start(env)).ready()
    expect(credentialsIn(data)).toMatchObject({
      cloudflare: {
        api_url: 'https://api.cloudflare.com/client/v4',
        account_id: env.CLOUDFLARE_ACCOUNT_ID,
        api_token: 'real-token',
      },
      github: null,
    })
    expect(existsSync(join(data, 'cloud'))).toBe(false)
  })
})

/** How many repositories and namespaces there are. */
async function countOf({
  cloudflare,
  github,
}: {
  cloudflare: NonNullable<Credentials['cloudflare']>
  github: NonNullable<Credentials['github']>
}) {
  const repositories = (await (await fetch(`${github.api_url}/user/repos`, bearer(github.token))).json()) as object[]
  const list = `${cloudflare.api_url}/accounts/${cloudflare.account_id}/storage/kv/namespaces`
  const { result } = (await (await fetch(list, bearer(cloudflare.api_token))).json()) as { result: object[] }
  return [repositories.length, result.length]
}

test.each([
  [{ CLOUD_PORT: 'abc' }, 'CLOUD_PORT must be a number from 0 to 65535; it is "abc".\n'],
  [{ HOST: '203.0.113.7' }, 'This machine cannot listen on HOST 203.0.113.7 (EADDRNOTAVAIL).\n'],
])('npm run cloud refuses %j in one sentence', async (settings, sentence) => {
  const env = { ...process.env, DATA_DIR: folder(), CLOUD_PORT: '0', ...settings }
  const ended = run(process.execPath, ['localcloud/cloudflare/main.ts'], {
    cwd: join(import.meta.dirname, '../..'),
    env,
  })
  await expect(ended).rejects.toMatchObject({ code: 1, stderr: sentence })
})

describe('real accounts', () => {
  test.each([
    [{ THROUGHLINE_CLOUD: 'real', CLOUDFLARE_ACCOUNT_ID: 'a' }, 'THROUGHLINE_CLOUD=real needs CLOUDFLARE_API_TOKEN'],
    [{ THROUGHLINE_GITHUB: 'real', GITHUB_TOKEN: 'a' }, 'THROUGHLINE_GITHUB=real needs GITHUB_WEBHOOK_SECRET'],
    [{ THROUGHLINE_CLOUD: 'true' }, 'THROUGHLINE_CLOUD is local, real or none; it is "true".'],
  ])('are refused as %j', async (env, sentence) => {
    const server: Server = await start({ CLOUDFLARE_API_TOKEN: '', GITHUB_WEBHOOK_SECRET: '', ...env })
    expect(await server.ended).toMatchObject({ code: 1 })
    expect(server.output.err).toContain(sentence)
  })

  test.each([
    ['scripts/demo/main.ts', 'The demo never works'],
    ['scripts/test.ts', 'The tests never work'],
  ])('are refused by %s', async (script, never) => {
    for (const name of ['THROUGHLINE_CLOUD', 'THROUGHLINE_GITHUB']) {
      const env = { ...process.env, [name]: 'real' }
      const ended = run(process.execPath, [script], { cwd: join(import.meta.dirname, '../..'), env })
      await expect(ended).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`${never} on real accounts: unset ${name}`),
      })
    }
  })
})

test('the demo plays its story with the real tools, within a minute', async () => {
  const began = Date.now()
  const { stdout } = await run(process.execPath, ['scripts/demo/main.ts'], { cwd: join(import.meta.dirname, '../..') })
  expect(stdout).toContain('and the issue is closed')
  expect(stdout).toContain('Apply complete! Resources: 1 added')
  expect(stdout).toContain('200 {"hello":"orders","path":"/queue"}')
  expect(stdout).toContain('because task owner/orders#1 asked for command')
  expect(Date.now() - began).toBeLessThan(60_000)
}, 90_000)
