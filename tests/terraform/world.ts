import { randomUUID } from 'node:crypto'
import { eventually, root, startWorker } from '../../worker/testing.ts'
import { FaultProxy } from './proxy.ts'
import type { Fault } from './proxy.ts'
import { Workspace } from './terraform.ts'
import type { Backend } from './terraform.ts'

export type Deployment = {
  readonly id: string
  readonly operation: string
  readonly status: string
  readonly inferred: boolean
  readonly [key: string]: unknown
}

type StoredState = {
  serial: number
  lineage: string
  resources: { type: string; name: string; instances: unknown[] }[]
}

/** A configuration that keeps its state in the backend of the environment. */
export function configured(resources: string): string {
  return `terraform {\n  backend "http" {}\n}\n${resources}`
}

/** The Worker on a loopback port, and real Terraforms that reach it over a network of ours. */
export function startWorld() {
  const worker = startWorker()
  let calm: FaultProxy
  let address: string
  let initialised: Workspace
  const workspaces: Workspace[] = []
  const proxies: FaultProxy[] = []
  beforeAll(async () => {
    // Terraform leaves replies unread; workerd would complain of it on stderr.
    calm = new FaultProxy((await worker.server().ready).origin)
    address = await calm.listen()
    initialised = await Workspace.create(configured(''))
    const { code, output } = await initialised.run(backend('initial'), 'init')
    if (code !== 0) throw new Error(output)
  })
  afterAll(async () => {
    for (const proxy of [calm, ...proxies]) await proxy.stop()
    for (const made of [initialised, ...workspaces]) await made.remove()
  })

  function backend(name: string, token = root, env: Record<string, string> = {}): Backend {
    return { address: `${address}/state/${name}`, token, env }
  }
  /** A folder with this configuration, ready for `plan`. */
  async function workspace(resources: string): Promise<Workspace> {
    const made = await Workspace.create(configured(resources), initialised)
    workspaces.push(made)
    return made
  }
  /** The same state over a network that has a fault. */
  async function disturbed(name: string, fault: Fault): Promise<{ proxy: FaultProxy; backend: Backend }> {
    const proxy = new FaultProxy(address, fault)
    proxies.push(proxy)
    return { proxy, backend: { address: `${await proxy.listen()}/state/${name}`, token: root } }
  }
  return { worker, backend, workspace, disturbed, ...views(worker) }
}

/** What the server says of a state. */
function views({ fetch: call }: Pick<ReturnType<typeof startWorker>, 'fetch'>) {
  async function stored(name: string): Promise<StoredState | null> {
    const response = await call(`/state/${name}`)
    return response.status === 404 ? null : ((await response.json()) as StoredState)
  }
  /** The state's deployments, newest first, once all have ended and there are `count`. */
  async function deployments(name: string, count = 1, ended = true): Promise<Deployment[]> {
    const list = async () => {
      const response = await call(`/api/deployments?state=${encodeURIComponent(name)}`)
      return ((await response.json()) as { deployments: Deployment[] }).deployments
    }
    return eventually(
      list,
      (all) => all.length >= count && !(ended && all.some(({ status }) => status === 'in_progress')),
    )
  }
  async function isFree(name: string): Promise<boolean> {
    const lock = { ID: randomUUID(), Operation: 'OperationTypePlan', Who: 'test' }
    const { status } = await call(`/state/${name}`, { method: 'LOCK', json: lock })
    await call(`/state/${name}`, { method: 'UNLOCK', json: lock })
    return status === 200
  }
  async function token(...scopes: string[]): Promise<string> {
    const response = await call('/api/tokens', { method: 'POST', json: { name: scopes.join(' '), scopes } })
    return ((await response.json()) as { token: string }).token
  }
  return { stored, deployments, isFree, token }
}
