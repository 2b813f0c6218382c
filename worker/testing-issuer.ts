import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Pair = { kid: string; privateKey: KeyObject; publicKey: KeyObject }
type Header = { alg?: string; kid?: string }

export const audience = 'https://throughline.example.com'

function newPair(kid: string): Pair {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What a run on the main branch, in production, says of itself. */
function claimsAt(iss: string, more: object): object {
  const at = Math.floor(Date.now() / 1000)
  return {
    iss,
    aud: audience,
    iat: at,
    nbf: at - 600,
    exp: at + 300,
    jti: randomUUID(),
    sub: 'repo:example/throughline:environment:production',
    repository: 'example/throughline',
    repository_id: '42',
    ref: 'refs/heads/main',
    environment: 'production',
    event_name: 'push',
    run_id: '4711',
    sha: 'a'.repeat(40),
    actor: 'alice',
    ...more,
  }
}

/** A web server with these answers, unless it is down. */
function startServer(answers: Record<string, () => object>) {
  let isDown = false
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? '']
    if (isDown || !answer) response.writeHead(isDown ? 502 : 404).end()
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer()))
  })
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve())))
  afterAll(() => new Promise((resolve) => server.close(resolve)))
  return {
    url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    down: (value: boolean) => {
      isDown = value
    },
  }
}

/** A pull request that comes from this owner's copy. */
const pull = (owner: string) => () => ({ head: { repo: { full_name: `${owner}/throughline` } } })

/** What speaks for GitHub in tests: an issuer with real keys, and the pull requests 1 (its own branch) and 2 (a fork). */
export function startIssuer() {
  let pair = newPair('first')
  let fetched = 0
  const { url, down } = startServer({
    '/.well-known/openid-configuration': () => ({ issuer: url(), jwks_uri: `${url()}/keys` }),
    '/keys': () => {
      fetched += 1
      return { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: pair.kid, use: 'sig' }] }
    },
    '/repos/example/throughline/pulls/1': pull('example'),
    '/repos/example/throughline/pulls/2': pull('mallory'),
  })
  return {
    url,
    down,
    /** How often the keys were read. */
    fetched: () => fetched,
    /** Signs with a new key from now on. */
    rotate: (kid: string) => {
      pair = newPair(kid)
    },
    publicKey: () => pair.publicKey,
    identity: (more: object = {}, header: Header = {}, key = pair.privateKey): string => {
      const text = `${part({ typ: 'JWT', alg: 'RS256', kid: pair.kid, ...header })}.${part(claimsAt(url(), more))}`
      return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
    },
    /** What an attacker makes who knows only what is public. */
    forged: (alg: string, secret: string | Buffer | null): string => {
      const text = `${part({ typ: 'JWT', alg, kid: pair.kid })}.${part(claimsAt(url(), {}))}`
      return `${text}.${secret === null ? '' : createHmac('sha256', secret).update(text).digest('base64url')}`
    },
  }
}

/** What the settings bind: the main branch in production, and pull requests. */
export const trust = JSON.stringify({
  audience,
  rules: [
    {
      repository: 'example/throughline',
      repository_id: '42',
      events: ['push'],
      ref: 'refs/heads/main',
      environment: 'production',
      scopes: ['state:throughline/*', 'deployments:write'],
      minutes: 60,
    },
    { repository: 'example/throughline', events: ['pull_request'], scopes: ['read'], minutes: 10 },
  ],
})
