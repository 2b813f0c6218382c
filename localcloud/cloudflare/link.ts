import type { WorkerOptions } from 'miniflare'
import { readCode } from './runtime/code.ts'

/** A local account that runs elsewhere. */
type Account = { readonly url: string; readonly token: string }

/** What a Worker outside the account needs beside itself. */
export type Link = {
  readonly workers: readonly WorkerOptions[]
  /** The worker's own bindings, by name. */
  readonly wrappedBindings: NonNullable<WorkerOptions['wrappedBindings']>
  /** Calling this Worker with traces as JSON calls the outside Worker's `tail` handler. */
  readonly tails: string
}

/**
 * Links a Worker that runs in a Miniflare of its own with an account: its dispatch namespaces, by binding, lead to the
 * account's scripts, and the account's traces reach its `tail` handler.
 */
export async function linkTo(
  { url, token }: Account,
  worker: string,
  namespaces: Readonly<Record<string, string>>,
): Promise<Link> {
  const code = await readCode()
  const tails = `${worker}-link`
  const named = Object.entries(namespaces).map(
    ([binding, namespace]) => [binding, `${worker}-dispatch-${namespace}`, namespace] as const,
  )
  const link: WorkerOptions = {
    name: tails,
    modules: [moduleOf(code.link)],
    compatibilityDate: '2026-07-01',
    compatibilityFlags: ['service_binding_extra_handlers'],
    bindings: { TOKEN: token },
    serviceBindings: { WORKER: worker, CLOUD: { external: { address: new URL(url).host, http: {} } } },
  }
  const wrappers = named.map(([, name, namespace]): WorkerOptions => ({
    name,
    modules: [moduleOf(code.dispatch)],
    serviceBindings: { fetcher: { name: tails, entrypoint: 'Namespace', props: { namespace } } },
  }))
  return {
    workers: [link, ...wrappers],
    wrappedBindings: Object.fromEntries(named.map(([binding, name]) => [binding, name])),
    tails,
  }
}

function moduleOf(contents: string) {
  return { type: 'ESModule', path: 'index.js', contents } as const
}
