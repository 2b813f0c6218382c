import { eventually } from '../../worker/testing.ts'
import { startLending } from './lending.ts'
import type { FaultKind } from './wire.ts'

export const secrets = '/secrets_store/stores/{}/secrets'

/** Whether a caller was told what the account did. */
export const isTold = (status: number, kind: FaultKind) => (kind === 'answers 429' ? status === 429 : status === 502)

/** The control plane before an account that fails; for one test file, whose tests share the calls of five minutes. */
export function startFailing() {
  const lending = startLending({ CLOUDFLARE_TIMEOUT_MS: '500' })
  const { wire, account, call, later, agree, rows } = lending

  /** Until the account takes calls again: after a 429 nobody calls for a while. */
  async function recovered(): Promise<void> {
    wire.fault = () => null
    await eventually(
      async () => (await call('GET', `/client/v4/accounts/${account().accountId}/secrets_store/quota`)).status,
      (status) => status !== 429,
      10_000,
    )
  }

  const waiting = async () => (await rows()).filter(({ state }) => state !== 'active')

  /** The clock until nothing waits any more. */
  async function settled(): Promise<void> {
    await recovered()
    for (let round = 0; round < 3 && (await waiting()).length > 0; round++) await later(20)
    await agree()
    expect(await waiting()).toEqual([])
  }
  return { ...lending, recovered, settled }
}
