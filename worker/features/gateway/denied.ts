import type { AppContext } from '../../platform/api.ts'
import { Refused } from './envelope.ts'
import type { Denial } from './grant.ts'

/** A refusal for want of a right: stock clients print its chain and its address, so it says there what is missing. */
export class Denied extends Refused {
  readonly missing: string

  constructor(origin: string, { reason, missing }: Denial) {
    const message = `${reason} Missing: ${missing}.`
    super(403, {
      code: 10_000,
      message: 'Authentication error',
      documentation_url: `${origin}/docs#missing=${encodeURIComponent(missing)}`,
      error_chain: [{ code: 10_000, message }],
    })
    this.missing = missing
  }
}

/** Throws when there is something against a call. */
export function proveNoDenial(c: AppContext, denial: Denial | null): void {
  if (denial) throw new Denied(new URL(c.req.url).origin, denial)
}
