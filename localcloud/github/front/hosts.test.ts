import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import type { RequestOptions } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHub } from '../testing/hub.ts'
import { hostCheckFor } from './hosts.ts'

const folder = mkdtempSync(join(tmpdir(), 'throughline-socket-'))
const socket = join(folder, 'socket')
const { hub } = startHub({ socket })

afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function statusAt(where: RequestOptions, host: string, method = 'GET', path = '/api/v3/meta'): Promise<number> {
  return new Promise((done, fail) => {
    const asked = request({ ...where, path, method, headers: { host } }, (answer) => {
      answer.resume()
      done(answer.statusCode ?? 0)
    })
    asked.on('error', fail).end()
  })
}

test('a page whose name was led here reaches nothing', async () => {
  const { hostname, port } = new URL(hub().url)
  const paths = ['/api/v3/meta', '/api/graphql', '/_local/tokens', '/owner/x/info/refs', '/_services/files/job/1', '/']
  for (const path of paths)
    for (const method of ['GET', 'POST', 'OPTIONS'])
      expect([path, method, await statusAt({ hostname, port }, 'rebind.evil.example', method, path)]).toEqual([
        path,
        method,
        421,
      ])
  expect(await statusAt({ hostname, port }, `localhost:${port}`)).toBe(200)
})

test('a socket of this machine is called by any name', async () => {
  expect(await statusAt({ socketPath: socket }, 'github.example')).toBe(200)
})

test.each([
  ['127.0.0.1', true],
  ['127.0.0.1:8789', true],
  ['127.8.8.8:1', true],
  ['[::1]:8789', true],
  ['LocalHost:8789', true],
  ['api.localhost:8789', true],
  ['', false],
  [undefined, false],
  ['evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example:8789', false],
  ['evillocalhost', false],
  ['127.0.0.1@evil.example', false],
  ['[::1]evil.example', false],
  ['192.168.0.1', false],
])('a server of this machine alone is called %p: %p', (host, isKnown) => {
  expect(hostCheckFor('127.0.0.1')?.(host)).toBe(isKnown)
})

test('a server is called by the name it was told to listen on', () => {
  const knows = hostCheckFor('build.example')
  expect(['build.example:8789', 'Build.Example', 'localhost', 'evil.example'].map((host) => knows?.(host))).toEqual([
    true,
    true,
    true,
    false,
  ])
})

test('a server for others is called by any name', () => {
  expect([hostCheckFor('0.0.0.0'), hostCheckFor('::'), hostCheckFor('192.168.0.1')]).toEqual([null, null, null])
})
