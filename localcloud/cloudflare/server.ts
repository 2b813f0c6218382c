import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { takeFolder } from '../../scripts/embedded/folder.ts'
import { tieRuntime } from '../../scripts/embedded/workerd.ts'
import { Blobs } from './blobs.ts'
import type { Cloud } from './cloud.ts'
import { apiApp } from './front/app.ts'
import type { Around } from './front/app.ts'
import { Faults } from './front/faults.ts'
import { RateLimit } from './front/rate-limit.ts'
import { RequestLog } from './front/requests.ts'
import { keepRootToken } from './identity/queries.ts'
import { accountOf } from './identity/tables.ts'
import { ownerToken } from './owner.ts'
import { products } from './products.ts'
import { Runtime } from './runtime/runtime.ts'
import { Store } from './store.ts'

/** How the local account was asked to run. */
export type Settings = {
  readonly host: string
  readonly port: number
  /** Everything is kept below it. */
  readonly folder: string
  /** The owner's token; without one the folder keeps its own. */
  readonly token?: string
  /** Refuse more than 1,200 calls in five minutes, as the real one does. */
  readonly limitCalls?: boolean
  readonly now?: () => number
}

/** A local account that runs. */
export type LocalAccount = {
  readonly url: string
  readonly accountId: string
  readonly token: string
  readonly cloud: Cloud
  readonly around: Around
  readonly stop: () => Promise<void>
}

/** Starts a local Cloudflare account on a folder of its own. */
export async function startCloudflare(settings: Settings): Promise<LocalAccount> {
  const folder = takeFolder(settings.folder)
  const untie = await tieRuntime(folder.path)
  const address = { url: '' }
  const cloud = cloudIn(folder.path, settings, address)
  const token = settings.token ?? ownerToken(folder.path)
  keepRootToken(cloud.store, token, cloud.now())
  const around = { log: new RequestLog(), faults: new Faults(), limit: new RateLimit(settings.limitCalls ?? false) }
  const listener = getRequestListener(apiApp(cloud, products, around).fetch)
  for (const { start } of products) await start?.(cloud)
  await cloud.runtime.start()
  const server = createServer((request, response) => void listener(request, response))
  server.listen(settings.port, settings.host)
  await once(server, 'listening')
  address.url = addressOf(server.address())
  const stop = async () => {
    server.close()
    server.closeAllConnections()
    await cloud.runtime.stop()
    cloud.store.close()
    untie()
    folder.release()
  }
  return { url: address.url, accountId: cloud.account().id, token, cloud, around, stop }
}

function cloudIn(folder: string, { now = Date.now }: Settings, address: { url: string }): Cloud {
  const store = new Store(
    folder,
    products.map(({ tables }) => tables),
  )
  const blobs = join(folder, 'blobs')
  mkdirSync(blobs, { recursive: true })
  return {
    store,
    folder,
    blobs: new Blobs(blobs),
    runtime: new Runtime(store, folder),
    account: () => accountOf(store, now()),
    now,
    url: () => address.url,
  }
}

function addressOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
