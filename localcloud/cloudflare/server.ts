import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { takeFolder } from '../../scripts/embedded/folder.ts'
import type { Cloud } from './cloud.ts'
import { apiApp } from './front/app.ts'
import type { Around } from './front/app.ts'
import { isOwnName } from './front/caller-address.ts'
import { Faults } from './front/faults.ts'
import { localApp } from './front/local-routes.ts'
import { RateLimit } from './front/rate-limit.ts'
import { RequestLog } from './front/requests.ts'
import type { Serving } from './front/serving.ts'
import { keepRootToken } from './identity/queries.ts'
import { listen } from './listen.ts'
import { openCloud } from './opening.ts'
import { ownerToken } from './owner.ts'
import { products } from './products.ts'
import type { OnTail } from './runtime/traces.ts'

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
  /** Gets the traces of scripts whose consumer is not deployed here, such as the control plane itself. */
  readonly onTail?: OnTail
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
  const address = { url: '' }
  const token = settings.token ?? ownerToken(folder.path)
  const { cloud, serving, start, stop } = openCloud(folder.path, { ...settings, token }, address)
  keepRootToken(cloud.store, token, cloud.now())
  const around = { log: new RequestLog(), faults: new Faults(), limit: new RateLimit(settings.limitCalls ?? false) }
  for (const product of products) await product.start?.(cloud)
  const server = serverOf(cloud, serving, { around, token, host: settings.host })
  const { host, port } = await listen(server, settings.host, settings.port)
  address.url = `http://${host}:${port}`
  await start(`${host}:${port}`)
  const end = async () => {
    server.close()
    await stop()
    server.closeAllConnections()
    cloud.store.close()
    folder.release()
  }
  return { url: address.url, accountId: cloud.account().id, token, cloud, around, stop: end }
}

/** What the account's own routes need beside the account. */
type Door = { readonly around: Around; readonly token: string; readonly host: string }

/** Requests for scripts go past the API's own routes, piece by piece. */
function serverOf(cloud: Cloud, serving: Serving, { around, token, host }: Door): Server {
  const [api, local] = [apiApp(cloud, products, around), localApp(cloud, around, token)]
  const listener = getRequestListener(
    (request, env) => (new URL(request.url).pathname.startsWith('/_local/') ? local : api).fetch(request, env),
    { overrideGlobalObjects: false },
  )
  const server = createServer((request, response) => {
    if (serving.serve(request, response)) return
    if (isOwnName(request.headers, host)) void listener(request, response)
    else response.writeHead(403, { 'content-type': 'text/plain' }).end('This name does not lead here.\n')
  })
  // A request to a script may take as long as it likes.
  server.requestTimeout = 0
  server.keepAliveTimeout = 60_000
  server.on('upgrade', (request, socket, head) => {
    const isTaken = cloud.tails.upgrade(request, socket) || serving.upgrade(request, socket, head)
    if (!isTaken) socket.destroy()
  })
  return server
}
