import { startIssuer, trust } from '../../testing-issuer.ts'
import { startWorker } from '../../testing.ts'

const issuer = startIssuer()
/** The rule for pushes, which any branch would fit. */
const unbound = trust.replace('"ref":"refs/heads/main","environment":"production",', '')
const worker = startWorker(() => ({
  GITHUB_TRUST: trust,
  GITHUB_OIDC_ISSUER: issuer.url(),
  GITHUB_API_URL: issuer.url(),
}))
const untrusting = startWorker(() => ({ GITHUB_OIDC_ISSUER: issuer.url() }))
const broken = startWorker(() => ({ GITHUB_TRUST: '{"rules":', GITHUB_OIDC_ISSUER: issuer.url() }))
const careless = startWorker(() => ({ GITHUB_TRUST: unbound, GITHUB_OIDC_ISSUER: issuer.url() }))

async function exchange(token: string, at = worker): Promise<number> {
  const init = { method: 'POST', token: null, json: { token } }
  const response = await at.fetch('/api/access/github-oidc', init)
  await response.arrayBuffer()
  return response.status
}

test('without a rule there is no token, and nobody is asked', async () => {
  expect(await exchange(issuer.identity(), untrusting)).toBe(403)
  expect(issuer.fetched()).toBe(0)
})

test('rules that are broken, or that any branch would fit, let nobody in', async () => {
  expect(unbound).not.toBe(trust)
  expect(await exchange(issuer.identity(), broken)).toBe(503)
  expect(await exchange(issuer.identity(), careless)).toBe(503)
})

test('an issuer that is down is told as such; its keys are read once, and follow when they change', async () => {
  issuer.down(true)
  expect(await exchange(issuer.identity())).toBe(503)
  issuer.down(false)
  expect(await exchange(issuer.identity())).toBe(201)
  // While it is down, what is known is enough; but not to ask about a pull request.
  issuer.down(true)
  expect(await exchange(issuer.identity())).toBe(201)
  expect(await exchange(issuer.identity({ event_name: 'pull_request', ref: 'refs/pull/1/merge' }))).toBe(503)
  issuer.down(false)
  expect(issuer.fetched()).toBe(1)

  const old = issuer.identity()
  issuer.rotate('second')
  expect(await exchange(issuer.identity())).toBe(201)
  expect(await exchange(old)).toBe(403)
  expect(issuer.fetched()).toBe(2)

  // Unknown names are asked for once a minute, whoever invents them.
  for (const kid of ['x', 'y', 'z']) expect(await exchange(issuer.identity({}, { kid }))).toBe(403)
  issuer.rotate('third')
  expect(await exchange(issuer.identity())).toBe(403)
  expect(issuer.fetched()).toBe(2)
})
