import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAccount, uploadForm } from '../../localcloud/cloudflare/testing.ts'
import { manifest } from '../../scripts/embedded/manifest.ts'
import { buildProduct, serve } from '../../scripts/embedded/server.ts'
import type { Server } from '../../scripts/embedded/server.ts'
import { eventually } from '../../worker/testing.ts'
import { Project } from '../clients/wrangler.ts'
import { sdk } from '../cloudflare/clients.ts'
import { freePort, owner } from '../server/server.ts'
import { formsOf, namesIn, placesIn } from '../terraform/seek.ts'
import { Echoing, echoes } from './echoing.ts'

const { account } = startAccount()
const echoing = new Echoing(account)
const folder = mkdtempSync(join(tmpdir(), 'throughline-leak-'))
const printed: string[] = []
const consoleError = console.error
let server: Server
let url = ''

beforeAll(async () => {
  console.error = (...parts: unknown[]) => void printed.push(JSON.stringify(parts))
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const bindings = {
    CLOUDFLARE_API_BASE_URL: `${await echoing.start()}/client/v4`,
    CLOUDFLARE_ACCOUNT_ID: account().accountId,
    CF_API_TOKEN: account().token,
  }
  server = await serve(manifest, await buildProduct(), { host: '127.0.0.1', port, folder, token: owner, bindings })
})
afterAll(() => {
  console.error = consoleError
  echoing.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A call, and all that its answer holds, as far as it came. */
async function answerTo(method: string, path: string, token = owner, body?: BodyInit): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' }
  const init: RequestInit = { method, headers, redirect: 'manual', ...(body !== undefined && { body }) }
  const response = await fetch(`${url}${path.replace(/^A/, `/client/v4${account().base}`)}`, init)
  let said = `${response.status} ${JSON.stringify([...response.headers])}\n`
  const decoder = new TextDecoder()
  try {
    for await (const piece of response.body ?? []) said += decoder.decode(piece, { stream: true })
  } catch {
    said += '(broken off)'
  }
  return said
}

const calls: readonly (readonly [method: string, path: string, body?: () => BodyInit])[] = [
  ['GET', 'A/workers/subdomain'],
  ['GET', 'A/d1/database'],
  ['GET', 'A/workers/scripts/leaky/settings'],
  ['GET', '/sdk/workers/scripts/leaky/tails'],
  ['PUT', '/sdk/workers/scripts/leaky/tail'],
  ['GET', 'A/workers/workers/0123456789abcdef0123456789abcdef'],
  ['POST', 'A/workers/scripts/leaky/tails', () => '{}'],
  ['POST', 'A/workers/scripts/leaky/assets-upload-session', () => '{"manifest":{}}'],
  ['POST', 'A/queues', () => '{"queue_name":"leaky"}'],
  ['PUT', 'A/workers/scripts/leaky', () => uploadForm('export default {}')],
  ['DELETE', 'A/workers/scripts/leaky'],
]

test('the account’s token is in no answer, no output and no file, whatever somebody in between echoes', async () => {
  const sought = new Map([['token', formsOf(account().token, account().token)]])
  const json = { 'content-type': 'application/json', authorization: `Bearer ${owner}` }
  const policy = {
    name: 'leaky',
    permissions: ['Workers Scripts Write', 'D1 Write', 'Queues Write', 'Workers Tail Read'],
    resources: ['script:leaky', 'd1:u', 'queue:*'],
  }
  await fetch(`${url}/api/policies`, { method: 'POST', headers: json, body: JSON.stringify(policy) })
  const issued = await fetch(`${url}/api/tokens`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ name: 'ci', scopes: ['sdk:leaky'] }),
  })
  const { token } = (await issued.json()) as { token: string }

  const said: string[] = await story(token)
  for (const [name, answer] of Object.entries(echoes)) {
    echoing.answer = answer
    const asked = [owner, token].flatMap((who) =>
      calls.map(([method, path, body]) => answerTo(method, path, who, body?.())),
    )
    said.push(...(await Promise.all(asked)).map((one) => `${name}: ${one}`))
  }
  // Where the echo was, stars are: it did come that far.
  for (const name of Object.keys(echoes))
    expect([name, said.some((one) => one.startsWith(name) && one.includes('****'))]).toEqual([name, true])
  said.push(await answerTo('GET', '/api/audit?limit=200'), await answerTo('GET', '/api/tokens'))
  await eventually(
    () => answerTo('GET', '/api/audit?limit=200'),
    (audit) => audit.includes('gateway.read') && audit.includes('script:leaky'),
  )
  await server.stop()
  expect(said.filter((one) => namesIn(one, sought).length > 0)).toEqual([])
  expect(printed.filter((one) => namesIn(one, sought).length > 0)).toEqual([])
  expect(placesIn(folder, sought)).toEqual([])
  // The search does find what is there.
  expect(placesIn(folder, new Map([['subject', ['script:leaky']]]))).not.toEqual([])
}, 120_000)

/** What stock clients print and get in a story that goes well, and in one that is refused. */
async function story(token: string): Promise<string[]> {
  const through = { ...account(), url, token }
  const project = new Project(through, {
    'index.js': 'export default { fetch: () => new Response("x") }',
    'wrangler.json': JSON.stringify({ name: 'leaky', main: 'index.js', compatibility_date: '2026-07-01' }),
  })
  try {
    const runs = await Promise.all([project.run(['deploy']), project.run(['d1', 'create', 'other'])])
    expect(runs.map(({ code }) => code)).toEqual([0, 1])
    const client = sdk(through)
    const found = await client.workers.scripts.settings.get('leaky', { account_id: account().accountId })
    const failed = await client.kv.namespaces.create({ account_id: account().accountId, title: 'x' }).catch(String)
    return [JSON.stringify(runs), JSON.stringify(found), JSON.stringify(failed)]
  } finally {
    project.remove()
  }
}
