import { createHash } from 'node:crypto'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { eventsIn } from '../../localcloud/github/testing/calls.ts'
import { startHub } from '../../localcloud/github/testing/hub.ts'

const { hub } = startHub()
const place = { owner: 'owner', repo: 'open' }
const zeros = '0'.repeat(40)

beforeAll(async () => {
  const { rest } = hub().octokit
  await rest.repos.createForAuthenticatedUser({ name: 'open', auto_init: true })
  await rest.repos.createRepoRuleset({
    ...place,
    name: 'Locked',
    enforcement: 'active',
    conditions: { ref_name: { include: ['refs/heads/locked'], exclude: [] } },
    rules: [{ type: 'creation' }],
  })
})

/** Pushes a new branch at the head of main to an address that is sent as it is written. */
async function push(path: string, branch: string, token?: string): Promise<{ status: number; body: string }> {
  const { data } = await hub().octokit.rest.git.getRef({ ...place, ref: 'heads/main' })
  const command = `${zeros} ${data.object.sha} refs/heads/${branch}\0report-status`
  const pack = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1')
  const line = `${(command.length + 4).toString(16).padStart(4, '0')}${command}0000`
  const body = Buffer.concat([Buffer.from(line), pack, createHash('sha1').update(pack).digest()])
  const basic = token === undefined ? {} : { authorization: `Basic ${btoa(`x:${token}`)}` }
  const headers = { 'content-type': 'application/x-git-receive-pack-request', ...basic }
  return send('POST', path, headers, body)
}

async function send(method: string, path: string, headers: Record<string, string> = {}, body?: Buffer) {
  const { hostname, port } = new URL(hub().url)
  const asked = request({ hostname, port, method, path, headers }).end(body)
  const answer = await new Promise<IncomingMessage>((done, fail) => asked.on('response', done).on('error', fail))
  return { status: answer.statusCode ?? 0, body: await text(answer) }
}

async function refsStatus(query: string): Promise<number> {
  return (await send('GET', `/owner/open.git/info/refs?${query}`)).status
}

async function branches(): Promise<string[]> {
  return (await hub().octokit.rest.repos.listBranches(place)).data.map(({ name }) => name)
}

test('a push without a token is none, however its address is written', async () => {
  const root = '/owner/open.git'
  const seen: Record<string, number> = {}
  for (const path of [
    `${root}/git-receive-pack`,
    `${root}/git-receive%2Dpack`,
    `${root}/%67it-receive-pack`,
    `/owner/open/git-receiv%65-pack`,
    `/%6Fwner/open.git/git-receive%2dpack?service=git-upload-pack`,
    `${root}/git-receive%252Dpack`,
    `${root}//git-receive-pack`,
    `/${root}/git-receive-pack`,
    `${root}/git-upload-pack/../git-receive%2Dpack`,
    `/x/..${root}/git-receive%2Dpack`,
    `${root}/git-receive%2Dpack#`,
  ])
    seen[path] = (await push(path, 'anonymous')).status
  expect(Object.values(seen)).toEqual([401, 401, 401, 401, 401, 404, 404, 404, 404, 404, 404])
  expect(await branches()).toEqual(['main'])
})

test('what refs there are to push to is told to nobody without a token', async () => {
  expect(await refsStatus('service=git-upload-pack')).toBe(200)
  expect(await refsStatus('service=git-receive-pack')).toBe(401)
  expect(await refsStatus('service=git-receive%2Dpack')).toBe(401)
  expect(await refsStatus('%73ervice=git-receive-pack')).toBe(401)
  expect(await refsStatus('service=git-upload-pack&service=git-receive-pack')).toBe(403)
})

test('an odd address passes no rule, and what it pushes is told', async () => {
  const { token } = hub()
  const path = '/owner/open.git/git-receive%2Dpack'
  expect((await push(path, 'locked', token)).body).toContain('ng refs/heads/locked')
  expect((await push(path, 'free', token)).body).toContain('ok refs/heads/free')
  expect(await branches()).toEqual(['free', 'main'])
  expect(eventsIn(hub(), 'push').map(({ body }) => body.ref)).toContain('refs/heads/free')
})
