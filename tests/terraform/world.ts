import { root, startWorker } from '../../worker/testing.ts'
import { FaultProxy } from './proxy.ts'
import type { Fault } from './proxy.ts'
import { Workspace } from './terraform.ts'
import type { Backend } from './terraform.ts'
import { runViews, stateViews, tokenIssuer } from './views.ts'

/** A configuration that keeps its state in the backend of the environment. */
export function configured(resources: string): string {
  return `terraform {\n  backend "http" {}\n}\n${resources}`
}

/** The Worker on a loopback port, and real Terraforms that reach it over a network of ours. */
export function startWorld() {
  const worker = startWorker()
  const views = { ...stateViews(worker.fetch), ...runViews(worker.fetch), token: tokenIssuer(worker.fetch) }
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
  return { worker, backend, workspace, disturbed, ...views }
}
