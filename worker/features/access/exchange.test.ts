import { generateKeyPairSync } from 'node:crypto'
import { audience, startIssuer, trust } from '../../testing-issuer.ts'
import { eventually, startWorker } from '../../testing.ts'

const issuer = startIssuer()
const worker = startWorker(() => ({
  GITHUB_TRUST: trust,
  GITHUB_OIDC_ISSUER: issuer.url(),
  GITHUB_API_URL: issuer.url(),
}))

let caller = 0

/** Each from an address of its own, so that attempts of one test do not count in another. */
async function exchange(token: string, address = `192.0.2.${++caller}`) {
  const response = await worker.fetch('/api/access/github-oidc', {
    method: 'POST',
    token: null,
    headers: { 'cf-connecting-ip': address },
    json: { token },
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

async function acts(): Promise<Record<string, unknown>[]> {
  const response = await worker.fetch('/api/audit?action=token.exchange')
  return ((await response.json()) as { acts: Record<string, unknown>[] }).acts
}

const audited = (count: number) => eventually(acts, ({ length }) => length >= count)

const now = () => Math.floor(Date.now() / 1000)

test('a run gets a token with the scopes of its rule, that ends within the hour', async () => {
  const before = Date.now()
  const { status, body } = await exchange(issuer.identity())
  expect(status).toBe(201)
  expect(body).toMatchObject({
    name: 'github:example/throughline@refs/heads/main',
    scopes: ['state:throughline/*', 'deployments:write'],
    created_by: 'github-oidc',
  })
  const ends = Date.parse(String(body['expires_at']))
  expect(ends).toBeGreaterThanOrEqual(before + 3_600_000)
  expect(ends).toBeLessThanOrEqual(Date.now() + 3_600_000)
  const token = String(body['token'])
  expect((await worker.fetch('/state/throughline/github', { token })).status).toBe(404)
  expect((await worker.fetch('/state/other', { token })).status).toBe(403)
  expect((await worker.fetch('/api/deployments', { token })).status).toBe(403)
  expect((await worker.fetch('/api/tokens', { token })).status).toBe(403)
  const lent = await worker.fetch('/api/states/throughline%2Fgithub/token', { method: 'POST', token })
  const loan = (await lent.json()) as { token: string; expires_at: string }
  expect([lent.status, Date.parse(loan.expires_at) <= ends]).toEqual([201, true])
  expect((await worker.fetch('/state/throughline/github', { token: loan.token })).status).toBe(404)
  expect((await worker.fetch('/state/throughline/cloudflare', { token: loan.token })).status).toBe(403)
  const again = { method: 'POST', token: loan.token }
  expect((await worker.fetch('/api/states/throughline%2Fgithub/token', again)).status).toBe(403)
  const [act] = await audited(1)
  expect(act).toMatchObject({
    actor: 'github:example/throughline@refs/heads/main',
    outcome: 'success',
    subject: 'github:example/throughline@refs/heads/main',
    detail: { id: body['id'], run_id: '4711', actor: 'alice', environment: 'production', minutes: 60 },
  })
  expect(JSON.stringify(act)).not.toContain(token)
})

test('the clocks may be a minute apart', async () => {
  expect((await exchange(issuer.identity({ exp: now() - 30 }))).status).toBe(201)
  expect((await exchange(issuer.identity({ iat: now() + 30, nbf: now() + 30 }))).status).toBe(201)
})

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = () => issuer.publicKey().export({ type: 'spki', format: 'pem' })
const der = () => issuer.publicKey().export({ type: 'spki', format: 'der' })
const pull = (number: number, more: object = {}) => ({
  event_name: 'pull_request',
  ref: `refs/pull/${number}/merge`,
  environment: undefined,
  ...more,
})

test.each<[string, () => string, string]>([
  ['a signature of another key', () => issuer.identity({}, {}, stranger.privateKey), 'no signature of the issuer'],
  ['claims that were changed', () => tampered(issuer.identity()), 'no signature of the issuer'],
  ['alg none', () => issuer.forged('none', null), 'no RS256 identity of a run'],
  ['alg none with something behind', () => issuer.forged('none', 'x'), 'no RS256 identity of a run'],
  ['HS256 with the public key as secret', () => issuer.forged('HS256', pem()), 'no RS256 identity of a run'],
  ['the same in binary', () => issuer.forged('HS256', der()), 'no RS256 identity of a run'],
  ['the same called RS256', () => issuer.forged('RS256', pem()), 'no signature of the issuer'],
  ['RS256 under another name', () => issuer.identity({}, { alg: 'RS512' }), 'no RS256 identity of a run'],
  ['no JWT', () => 'hello', 'no RS256 identity of a run'],
  ['an expired one', () => issuer.identity({ exp: now() - 61 }), 'expired'],
  ['one of the future', () => issuer.identity({ iat: now() + 90 }), 'not valid yet'],
  ['one that is not yet to be used', () => issuer.identity({ nbf: now() + 90 }), 'not valid yet'],
  ['another audience', () => issuer.identity({ aud: 'https://github.com/example' }), 'other audience'],
  ['several audiences', () => issuer.identity({ aud: [audience, 'x'] }), 'no RS256 identity of a run'],
  ['another issuer', () => issuer.identity({ iss: 'https://evil.example' }), 'other issuer'],
  ['no end', () => issuer.identity({ exp: undefined }), 'no RS256 identity of a run'],
  ['no id', () => issuer.identity({ jti: undefined }), 'no RS256 identity of a run'],
  ['another repository', () => issuer.identity({ repository: 'mallory/throughline' }), 'no rule fits'],
  ['another repository that has the name now', () => issuer.identity({ repository_id: '43' }), 'no rule fits'],
  ['a repository without its number', () => issuer.identity({ repository_id: undefined }), 'no rule fits'],
  ['a repository of a like name', () => issuer.identity({ repository: 'example/throughline2' }), 'no rule fits'],
  ['another branch', () => issuer.identity({ ref: 'refs/heads/evil' }), 'no rule fits'],
  ['another environment', () => issuer.identity({ environment: 'staging' }), 'no rule fits'],
  ['no environment', () => issuer.identity({ environment: undefined }), 'no rule fits'],
  [
    'an event that strangers start',
    () => issuer.identity(pull(1, { event_name: 'pull_request_target' })),
    'no rule fits',
  ],
  ['a pull request from a fork', () => issuer.identity(pull(2)), 'fork'],
  ['a pull request that GitHub does not show', () => issuer.identity(pull(3)), 'fork'],
  ['a pull request at a branch', () => issuer.identity(pull(1, { ref: 'refs/heads/main' })), 'fork'],
])('%s is refused, and only the audit tells why', async (_, identity, reason) => {
  // The keys are known, so that only the identity can be the reason.
  await exchange(issuer.identity())
  const { status, body } = await exchange(identity())
  expect([status, body['detail']]).toEqual([403, 'This identity is not accepted.'])
  expect(JSON.stringify(body)).not.toContain(reason)
  const found = await audited(2)
  expect(found.find(({ outcome }) => outcome === 'refused')).toMatchObject({
    detail: { status: 403, kind: 'forbidden', reason },
  })
})

function tampered(token: string): string {
  const [header, claims = '', signature] = token.split('.')
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object
  return [header, Buffer.from(JSON.stringify({ ...said, actor: 'mallory' })).toString('base64url'), signature].join('.')
}

test('a pull request from a branch of the repository gets what its own rule gives', async () => {
  const { status, body } = await exchange(issuer.identity(pull(1)))
  expect([status, body['scopes']]).toEqual([201, ['read']])
})

test('an identity is good for one token, also when it comes many times at once', async () => {
  const identity = issuer.identity()
  const answers = await Promise.all(Array.from({ length: 5 }, () => exchange(identity)))
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 403, 403, 403, 403])
  expect((await exchange(identity)).status).toBe(403)
  const found = await audited(6)
  expect(found.filter(({ detail }) => (detail as { reason?: string }).reason === 'replayed')).toHaveLength(5)
})

test('an identity is known as spent until it has expired', async () => {
  await exchange(issuer.identity())
  const db = await worker.db()
  const left = () => db.prepare('select count(*) as n from spent_identities').first<number>('n')
  expect(await left()).toBe(1)
  await worker.minute()
  expect(await left()).toBe(1)
  await db
    .prepare('update spent_identities set expires_at = ?')
    .bind(Date.now() - 1)
    .run()
  await worker.minute()
  expect(await left()).toBe(0)
})

test('who tries too often is stopped, and no longer fills the audit', async () => {
  const statuses: number[] = []
  for (let n = 0; n < 25; n++) statuses.push((await exchange('nonsense', '198.51.100.7')).status)
  expect([statuses.filter((status) => status === 403).length, statuses.at(-1)]).toEqual([20, 429])
  await audited(20)
  expect(await acts()).toHaveLength(20)
  expect((await exchange(issuer.identity(), '198.51.100.7')).status).toBe(201)
})
