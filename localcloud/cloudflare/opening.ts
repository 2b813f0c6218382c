import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Blobs } from './blobs.ts'
import type { Cloud } from './cloud.ts'
import { Serving } from './front/serving.ts'
import { accountOf } from './identity/tables.ts'
import { hostedAt } from './pages/hosts.ts'
import { products } from './products.ts'
import { Deliveries } from './queues/deliveries.ts'
import { receive } from './queues/producer.ts'
import { Clock } from './runtime/clock.ts'
import type { Asked } from './runtime/host.ts'
import { secretIn } from './runtime/resources.ts'
import { Runtime } from './runtime/runtime.ts'
import { firing } from './runtime/scheduled.ts'
import { Traces } from './runtime/traces.ts'
import { watchOver } from './runtime/watching.ts'
import { schedulesOf } from './scripts/queries.ts'
import type { Settings } from './server.ts'
import { Store } from './store.ts'
import { Tails } from './tails/tails.ts'
import { reviveWorkflows } from './workflows/conducting.ts'

/** The account's parts, put together but not yet running. */
export type Opened = {
  readonly cloud: Cloud
  readonly serving: Serving
  /** `front` is where the account listens, as `host:port`. */
  readonly start: (front: string) => Promise<void>
  readonly stop: () => Promise<void>
}

export function openCloud(
  folder: string,
  settings: Settings & { readonly token: string },
  address: { readonly url: string },
): Opened {
  const { now = Date.now, onTail = () => {} } = settings
  const { store, blobs } = openFolder(folder)
  const account = () => accountOf(store, now())
  const traces: Traces = new Traces(onTail, () => void runtime.listenTo(traces.followed))
  const runtime: Runtime = new Runtime({
    store,
    blobs,
    folder,
    now,
    account: () => account().id,
    asked: askedOf(() => cloud),
    onStart: async (plan) => {
      serving.renew()
      clock.follow(plan, cronsOf)
      await runtime.listenTo(traces.followed)
      queues.wakeAll()
      void reviveWorkflows({ runtime, folder })
    },
  })
  const cronsOf = (id: string) => schedulesOf(store, id).map(({ cron }) => cron)
  const crons = { refresh: () => clock.follow(runtime.plan, cronsOf) }
  const tails = new Tails(traces)
  const serving = new Serving(runtime, now, settings.token, (host, path) => hostedAt(store, host, path))
  const queues = new Deliveries({ store, runtime, now })
  const clock = new Clock(firing(runtime))
  const url = () => address.url
  const cloud: Cloud = { store, folder, blobs, runtime, queues, traces, tails, crons, account, now, url }
  return { cloud, serving, ...lifeOf(cloud, clock) }
}

/** How the parts that move by themselves are started and stopped. */
function lifeOf({ runtime, tails, queues, now }: Cloud, clock: Clock): Pick<Opened, 'start' | 'stop'> {
  const watchdog = watchOver(runtime, now)
  return {
    start: async (front) => {
      await runtime.start(front)
      watchdog.start()
    },
    stop: async () => {
      clock.stop()
      tails.stop()
      queues.stop()
      await watchdog.stop()
      await runtime.stop()
    },
  }
}

function openFolder(folder: string): { store: Store; blobs: Blobs } {
  const place = join(folder, 'blobs')
  mkdirSync(place, { recursive: true })
  const tables = products.map((product) => product.tables)
  return { store: new Store(folder, tables), blobs: new Blobs(place) }
}

/** What scripts ask of the account through their bindings. */
function askedOf(cloud: () => Cloud): Asked {
  return {
    send: async (queue, path, request) => {
      const response = await receive(cloud(), queue, path, request)
      cloud().queues.wake(queue)
      return response
    },
    secret: (store, name) => secretIn(cloud().store, store, name),
    trace: (trace) => cloud().traces.take(trace),
  }
}
