import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../worker/testing.ts'
import { startServers } from '../server/server.ts'
import type { Server } from '../server/server.ts'
import { broken, inRequests, inState, resources, values } from './planted.ts'
import type { Secret } from './planted.ts'
import { formsOf, namesIn, placesIn } from './seek.ts'
import { Workspace } from './terraform.ts'
import type { Backend } from './terraform.ts'
import { runViews } from './views.ts'
import { configured } from './world.ts'

const { start } = startServers()
const apply = ['apply', '-auto-approve']

/** Calls the server, and keeps every answer but the raw states, whose bytes are the secrets' own place. */
function recorder(server: Server) {
  const answers: string[] = []
  const ask = async (path: string, token: string | null, init: RequestInit = {}) => {
    const response = await server.call(path, token, init)
    const text = await response.text()
    const isRaw = response.ok && /^\/state\/|\/versions\/\d/.test(path) && !init.method
    if (!isRaw) answers.push(`${path.split('?')[0]}\n${JSON.stringify([...response.headers])}\n${text}`)
    return { status: response.status, text, json: () => JSON.parse(text) as unknown }
  }
  return { answers, ask }
}
type Ask = ReturnType<typeof recorder>['ask']

/** Issues a token; the answer that shows it this once is not kept. */
async function issue(server: Server, root: string, scopes: string[]): Promise<{ id: string; token: string }> {
  const init = { method: 'POST', body: JSON.stringify({ name: scopes.join(' '), scopes }) }
  return (await (await server.call('/api/tokens', root, init)).json()) as { id: string; token: string }
}

/** A life of a state with all that can go wrong in it. */
async function liveThrough(workspace: Workspace, backend: (marked: Secret) => Backend): Promise<void> {
  const [first, second] = [backend(inState.marked), backend(inState.rotated)]
  expect(await workspace.run(first, 'init')).toMatchObject({ code: 0 })
  expect(await workspace.run(first, 'plan')).toMatchObject({ code: 0 })
  expect(await workspace.run(first, ...apply)).toMatchObject({ code: 0 })
  expect(await workspace.run(second, ...apply)).toMatchObject({ code: 0 })
  await workspace.configure(configured(`${resources}\n${broken}`))
  expect(await workspace.run(second, ...apply)).toMatchObject({
    code: 1,
    output: expect.stringContaining(inRequests.printed.value),
  })
}

type State = { serial: number; resources: { instances: { attributes: { id: string } }[] }[] }

/** A forced push of a state whose ids, by which resources are searched, hold a secret. */
async function pushForced(workspace: Workspace, backend: Backend, ask: Ask, root: string): Promise<void> {
  const state = (await ask('/state/secret', root)).json() as State
  for (const { instances } of state.resources) {
    for (const { attributes } of instances) attributes.id = `id/${inState.cloudId.value}/${attributes.id}`
  }
  await workspace.write('forced.tfstate', JSON.stringify({ ...state, serial: 1 }))
  expect(await workspace.run(backend, 'state', 'push', '-force', 'forced.tfstate')).toMatchObject({ code: 0 })
}

const post = (text: string, method = 'POST') => ({ method, body: text })
const lockWith = (extra: object) => JSON.stringify({ ID: randomUUID(), Operation: 'OperationTypePlan', ...extra })

/** Requests that are refused, each with a secret in it. */
async function refusals(ask: Ask, root: string): Promise<void> {
  const { query, body, excerpt, scope, wrongToken, basicToken } = inRequests
  const basic = Buffer.from(`user:${basicToken.value}`).toString('base64')
  const outputs = { note: { value: body.value, type: 'string' } }
  const terraform_version = '1.11.4'
  const state = JSON.stringify({
    version: 4,
    terraform_version,
    serial: 1,
    lineage: randomUUID(),
    outputs,
    resources: [],
  })
  const tries: [number, string, RequestInit?, string?][] = [
    [401, '/api/states', {}, wrongToken.value],
    [401, '/api/states', {}, `${wrongToken.value} ${body.value}`],
    [401, '/state/secret', { headers: { authorization: `Basic ${basic}` } }, ''],
    [400, `/api/states?password=${query.value}`],
    [400, `/api/states?cursor=${query.value}`],
    [400, `/api/deployments?status=${query.value}`],
    [400, `/api/deployments?from=${query.value}`],
    [400, `/api/tokens?token=${query.value}`, post('{"name":"x","scopes":["read"]}')],
    [404, `/api/nothing?token=${query.value}`],
    [400, '/api/tokens', post(excerpt.value)],
    [400, '/api/tokens', post(`{"name": ${excerpt.value}}`)],
    [400, '/api/tokens', post(`{"password": "${body.value}`)],
    [400, '/api/tokens', post(JSON.stringify({ name: [body.value], scopes: ['read'] }))],
    [400, '/api/tokens', post(JSON.stringify({ name: 'x', scopes: [scope.value] }))],
    [409, '/state/secret', post(state)],
    [400, `/state/secret?token=${query.value}`, post(excerpt.value)],
    [400, '/state/secret', post(`{"version": 4, "resources": ["${body.value}`)],
    [400, '/state/secret', post(JSON.stringify({ password: body.value }))],
    [400, '/state/secret', { ...post(state), headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }],
    [400, '/state/secret', post(excerpt.value, 'LOCK')],
    [400, '/state/secret', post(JSON.stringify({ password: body.value }), 'LOCK')],
    [400, '/state/secret', post(JSON.stringify({ password: body.value }), 'UNLOCK')],
    [200, '/state/secret', post(lockWith({ password: body.value }), 'LOCK')],
    [423, '/state/secret', post(lockWith({ password: body.value }), 'LOCK')],
  ]
  for (const [status, path, init, token = root] of tries) {
    expect([path, init?.body, (await ask(path, token || null, init)).status]).toEqual([path, init?.body, status])
  }
}

type Row = { id?: string; name?: string; address?: string; serial?: number; repo_full_name?: string }
type Page = Record<string, Row[]>

/** Every GET of the API, of every noun that there is, as JSON and as text. */
async function readAll(ask: Ask, root: string): Promise<number> {
  const all = async (path: string) => Object.values((await ask(path, root)).json() as Page).find(Array.isArray) ?? []
  const found = await all('/api/resources?limit=200')
  const nouns: Record<string, string[]> = {
    '/api/states/{name}': ['secret'],
    '/api/tokens/{id}': (await all('/api/tokens')).map(({ id }) => `${id}`),
    '/api/deployments/{id}': (await all('/api/deployments')).map(({ id }) => `${id}`),
    '/api/policies/{name}': (await all('/api/policies')).map(({ name }) => `${name}`),
    '/api/managed-tokens/{id}': (await all('/api/managed-tokens')).map(({ id }) => `${id}`),
    // Scripts have logs where there is an account.
    '/api/logs/{script}': [],
    '/api/resources/{id}': found.map(({ id }) => `${id}`),
    '/api/repos/{owner}/{name}': (await all('/api/repos')).map(({ repo_full_name: name }) => `${name}`),
    '/api/why': found.map(({ address }) => `?resource=${encodeURIComponent(`${address}`)}&state=secret`),
  }
  const serials = (await all('/api/states/secret/versions')).map(({ serial }) => `${serial}`)
  const { paths } = (await ask('/api/openapi.json', null)).json() as { paths: Record<string, object> }
  const addresses = Object.keys(paths)
    .filter((path) => path.startsWith('/api/') && 'get' in (paths[path] ?? {}))
    .flatMap((path) => {
      const prefix = Object.keys(nouns).find((noun) => path.startsWith(noun))
      if (prefix === undefined) return [path]
      const key = prefix.replace(/\{.*$/, '')
      return (nouns[prefix] ?? []).map((noun) => key + noun + path.slice(prefix.length))
    })
    .flatMap((path) => (path.includes('{serial}') ? serials.map((serial) => path.replace('{serial}', serial)) : [path]))
    .flatMap((path) =>
      path.endsWith('/diff') ? [path, ...serials.flatMap((from) => diffsFrom(path, from, serials))] : [path],
    )
  for (const path of addresses) {
    for (const accept of ['application/json', 'text/plain']) {
      // These runs have no recorder that could tell what they planned.
      const status = path.endsWith('/plan') ? 404 : 200
      expect([path, (await ask(path, root, { headers: { accept } })).status]).toEqual([path, status])
    }
  }
  return addresses.length
}

function diffsFrom(path: string, from: string, serials: string[]): string[] {
  return serials.map((to) => `${path}?from=${from}&to=${to}`)
}

const isLedger = (place: string) => /StateLedger\/\w+\.sqlite pieces\.bytes: /.test(place)

test('secrets of a whole run are found in the states, and nowhere else', async () => {
  const server = await (await start()).ready()
  const { client_auth_token: root } = JSON.parse(readFileSync(join(server.folder, 'credentials.json'), 'utf8'))
  const banner = server.output.out
  const { answers, ask } = recorder(server)
  const { deployments } = runViews(async (path) => server.call(path, root))
  const client = await issue(server, root, ['state:secret', 'read'])
  const deleted = await issue(server, root, ['read'])
  const workspace = await Workspace.create(configured(resources))
  const address = `${server.url}/state/secret`
  const backend = (marked: Secret, token = client.token) => ({ address, token, env: values(marked) })
  try {
    await liveThrough(workspace, backend)
    await pushForced(workspace, backend(inState.rotated, root), ask, root)
    await ask(`/api/tokens/${deleted.id}`, root, { method: 'DELETE' })
    expect((await ask('/api/states', deleted.token)).status).toBe(401)
    await refusals(ask, root)
    const { lock } = await eventually(
      async () => (await ask('/api/states/secret', root)).json() as { lock: { id: string } | null },
      (state) => state.lock !== null,
    )
    const forced = await workspace.run(backend(inState.rotated, root), 'force-unlock', '-force', `${lock?.id}`)
    expect(forced).toMatchObject({ code: 0 })
    await deployments('secret', 6)
    expect(await readAll(ask, root)).toBeGreaterThan(35)
    expect(await workspace.run(backend(inState.rotated), 'destroy', '-auto-approve')).toMatchObject({ code: 0 })
    await deployments('secret', 7)
    await readAll(ask, root)
  } finally {
    await workspace.remove()
  }
  expect(await server.stop()).toEqual({ code: 0, signal: null })

  const everywhere = new Map(Object.entries({ ...inState, ...inRequests }).map(([name, { forms }]) => [name, forms]))
  everywhere.set('client token', formsOf(client.token, client.token.slice(-30)))
  everywhere.set('deleted token', formsOf(deleted.token, deleted.token.slice(-30)))
  everywhere.set('root token', formsOf(root, root.slice(-30)))
  expect(answers.flatMap((answer) => namesIn(answer, everywhere).map((name) => `${name} in ${answer}`))).toEqual([])
  // The banner tells the token that it has generated, and is the last that it prints on stdout.
  expect([server.output.out, namesIn(server.output.err, everywhere)]).toEqual([banner, []])
  const places = placesIn(server.folder, everywhere)
  expect(places.filter((place) => !isLedger(place))).toEqual(['credentials.json: root token'])
  const found = places.filter(isLedger).map((place) => place.split(': ')[1])
  expect(found).toEqual(Object.keys(inState).toSorted())
})
