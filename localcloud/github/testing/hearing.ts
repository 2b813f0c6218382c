import { Receiver } from '../../../tests/clients/receiver.ts'
import { startHub } from './hub.ts'
import type { Hub } from './hub.ts'

type Rest = Hub['octokit']['rest']

/** The secret of the hooks. */
export const secret = "It's a Secret to Everybody"

/** A hub with one repository, and a receiver that its hooks tell of what happens; each test begins without hooks. */
export function startHearing(settings: Parameters<typeof startHub>[0] = {}) {
  const { hub, restart } = startHub(settings)
  const receiver = new Receiver()
  const place = { owner: 'owner', repo: 'heard' }
  const tell = (): Rest => hub().octokit.rest
  beforeAll(async () => {
    await receiver.listen()
    await tell().repos.createForAuthenticatedUser({ name: 'heard', auto_init: true })
  })
  afterAll(() => receiver.close())
  afterEach(async () => {
    receiver.arrivals.length = 0
    Object.assign(receiver, { status: 200, silent: false })
    for (const { id } of (await tell().repos.listWebhooks(place)).data)
      await tell().repos.deleteWebhook({ ...place, hook_id: id })
  })
  async function hook(events: string[], config: object = {}): Promise<typeof place & { hook_id: number }> {
    const { data } = await tell().repos.createWebhook({
      ...place,
      events,
      config: { url: receiver.url, content_type: 'json', secret, ...config },
    })
    await receiver.wait('ping', 1)
    return { ...place, hook_id: data.id }
  }
  const open = (): ReturnType<Rest['issues']['create']> =>
    tell().issues.create({ ...place, title: 'Something – “happens”\u2028' })
  return { hub, restart, receiver, place, tell, hook, open }
}
