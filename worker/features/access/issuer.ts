import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { Problem } from '../../platform/problem.ts'
import type { Identity } from './identity.ts'

const Description = z.object({ issuer: z.string(), jwks_uri: z.url() })
const Key = z.object({ kid: z.string(), kty: z.literal('RSA'), n: z.string(), e: z.string() })
const KeySet = z.object({ keys: z.array(z.unknown()).max(100) })

type Known = {
  readonly keys: ReadonlyMap<string, CryptoKey>
  readonly readAt: Moment
  /** When a key that nobody knew last made us ask again. */
  readonly askedAt: Moment
}

/** How long keys are believed, so that one that was withdrawn ends; and how often an unknown one is asked for. */
const believed = 3_600_000
const between = 60_000
const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const known = new Map<string, Known>()

/** Whether one of the issuer's keys signed it. @throws Problem (unavailable) when the keys cannot be read. */
export async function isSigned({ kid, signed, signature }: Identity, issuer: string, at: Moment): Promise<boolean> {
  const key = await keyOf(issuer, kid, at)
  return key !== undefined && crypto.subtle.verify(algorithm, key, signature, signed)
}

/** The key with this name. An issuer changes its keys: an unknown one is asked for, but strangers invent names too. */
async function keyOf(issuer: string, kid: string, at: Moment): Promise<CryptoKey | undefined> {
  const last = known.get(issuer)
  if (last === undefined || last.readAt + believed <= at) return (await learn(issuer, 0, at)).keys.get(kid)
  const key = last.keys.get(kid)
  if (key !== undefined || last.askedAt + between > at) return key
  // Noted before it is asked: what comes meanwhile does not ask, too.
  known.set(issuer, { ...last, askedAt: at })
  return (await learn(issuer, at, at)).keys.get(kid)
}

async function learn(issuer: string, askedAt: Moment, readAt: Moment): Promise<Known> {
  const learnt = { keys: await readKeys(issuer), readAt, askedAt }
  known.set(issuer, learnt)
  return learnt
}

async function readKeys(issuer: string): Promise<Map<string, CryptoKey>> {
  try {
    const description = Description.parse(await read(`${issuer}/.well-known/openid-configuration`))
    const { origin } = new URL(issuer)
    if (description.issuer !== issuer || new URL(description.jwks_uri).origin !== origin)
      throw new Error(`It describes ${description.issuer}, with its keys at ${description.jwks_uri}.`)
    const { keys } = KeySet.parse(await read(description.jwks_uri))
    // A key of a kind that we do not read is somebody else's.
    const usable = keys.flatMap((key) => Key.safeParse(key).data ?? [])
    return new Map(await Promise.all(usable.map(async (key) => [key.kid, await imported(key)] as const)))
  } catch (error) {
    console.error({ issuer, error: String(error) })
    throw new Problem('unavailable', "The issuer's keys cannot be read just now: try again.", {
      headers: { 'retry-after': '10' },
      reason: 'issuer unreachable',
    })
  }
}

async function read(url: string): Promise<unknown> {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5000) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`)
  return response.json()
}

/** For this algorithm alone, whatever the key says of itself. */
async function imported({ kty, n, e }: z.infer<typeof Key>): Promise<CryptoKey> {
  return crypto.subtle.importKey('jwk', { kty, n, e }, algorithm, false, ['verify'])
}
