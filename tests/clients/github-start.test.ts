import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startGithub } from '../../localcloud/github/server.ts'
import { readOptions } from '../../localcloud/github/settings.ts'

test('without wishes it is where the documents say', () => {
  expect(readOptions({ PATH: '/bin' })).toEqual({
    host: '127.0.0.1',
    port: 8789,
    folder: resolve('.local/github'),
    owner: undefined,
    socket: undefined,
    runner: undefined,
    path: '/bin',
  })
})

test.each([
  [{ GITHUB_PORT: 'x' }, 'GITHUB_PORT must be a number from 0 to 65535; it is "x".'],
  [{ GITHUB_PORT: '70000' }, 'GITHUB_PORT must be a number from 0 to 65535; it is "70000".'],
  [{ GITHUB_OWNER: '-me' }, 'GITHUB_OWNER must be a login: letters, digits and single hyphens; it is "-me".'],
])('%j is refused in a sentence', (env, sentence) => {
  expect(() => readOptions(env)).toThrow(sentence)
})

describe('what cannot start says why', () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-refused-'))
  const options = { host: '127.0.0.1', port: 0, folder: join(folder, 'github'), path: process.env['PATH'] ?? '' }
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('no git', async () => {
    await expect(startGithub({ ...options, path: folder })).rejects.toThrow(
      'needs git 2.38 or newer in PATH; there is none.',
    )
  })

  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => other.once('listening', done))
    const { port } = other.address() as AddressInfo
    await expect(startGithub({ ...options, port })).rejects.toThrow(
      `GitHub cannot listen on port ${port} of 127.0.0.1 (EADDRINUSE): choose another with GITHUB_PORT.`,
    )
    other.close()
  })

  test('a file where its socket should be, which stays', async () => {
    const socket = join(folder, 'precious')
    writeFileSync(socket, 'mine')
    await expect(startGithub({ ...options, socket })).rejects.toThrow(
      `GitHub cannot listen on the socket ${socket} (EADDRINUSE): choose another with GITHUB_SOCKET.`,
    )
    expect(readFileSync(socket, 'utf8')).toBe('mine')
  })

  test('and leaves the folder free', async () => {
    const github = await startGithub(options)
    expect(github.token).toMatch(/^ghp_[0-9A-Za-z]{36}$/)
    await github.stop()
    const again = await startGithub({ ...options, owner: 'somebody' })
    expect(again).toMatchObject({ owner: 'somebody', webhookSecret: github.webhookSecret })
    await again.stop()
  })
})
