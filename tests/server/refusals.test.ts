import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { freePort, startServers } from './server.ts'

const { start, folder } = startServers()

/** What it says, which must be one sentence and no stack trace. */
async function refusal(env: Record<string, string>): Promise<string> {
  const server = await start(env)
  expect(await server.ended).toEqual({ code: 1, signal: null })
  expect(server.output.out).toBe('')
  expect(server.output.err).toMatch(/^[^\n]+\.\n$/)
  return server.output.err
}

test('names a taken port', async () => {
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  expect(await refusal({ PORT: String(port) })).toContain(`Port ${port} on 127.0.0.1 is taken`)
  other.close()
})

test('names a folder that cannot be made or written', async () => {
  const file = join(folder(), 'file')
  writeFileSync(file, '')
  expect(await refusal({ DATA_DIR: join(file, 'below') })).toContain('cannot be written (ENOTDIR)')
  expect(await refusal({ DATA_DIR: file })).toContain('cannot be written (EEXIST)')
})

test('leaves a folder to the server that has it', async () => {
  const DATA_DIR = folder()
  const first = await (await start({ DATA_DIR })).ready()
  expect(await refusal({ DATA_DIR })).toContain(`Another Throughline server is using the data folder ${DATA_DIR}`)
  expect((await first.call('/api/health', null)).status).toBe(200)
})

test.each([
  [{ CLIENT_AUTH_TOKEN: 'short' }, 'must be 40 to 80 characters'],
  [{ CLIENT_AUTH_TOKEN: `${'a'.repeat(43)}\r\n` }, 'It holds a line break'],
  [{ PORT: '80a' }, 'PORT must be a number from 1 to 65535; it is "80a".'],
  [{ PORT: '70000' }, 'PORT must be a number'],
  [{ GITHUB_TRUST: '{"rules":' }, 'GITHUB_TRUST is not JSON'],
  [{ PORT: '8791', CLOUD_PORT: '8791', THROUGHLINE_CLOUD: 'local' }, 'PORT and CLOUD_PORT are both 8791'],
  [{ HOST: '203.0.113.7' }, 'cannot listen on HOST 203.0.113.7'],
])('refuses %j', async (env, sentence) => {
  expect(await refusal(env)).toContain(sentence)
})

test('refuses a credentials file that holds no token', async () => {
  const DATA_DIR = folder()
  writeFileSync(join(DATA_DIR, 'credentials.json'), '{"client_auth_token": "short"}')
  expect(await refusal({ DATA_DIR })).toContain('holds no usable client_auth_token')
})
