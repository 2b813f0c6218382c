import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { visit } from '../../localcloud/cloudflare/testing.ts'
import { startFlows } from './flows.ts'

/** A module that says a word, what it binds and the value of its secret. */
export const saying = (word: string) =>
  `export default { async fetch(request, env) {
  return Response.json({ word: '${word}', key: env.API_KEY, bound: Object.keys(env).sort() })
} }`

type Told<Body> = { readonly status: number; readonly body: Body }

/** The control plane, and its flows as a client calls them; for one test file. */
export function startProjects(more?: () => Record<string, string>) {
  const flows = startFlows(more)
  const { account } = flows

  async function call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    sent?: unknown,
  ): Promise<Told<Body>> {
    const init = { method, ...(sent === undefined ? {} : { json: sent }) }
    const { status, body } = await flows.flow(`/flows${path}`, init)
    return { status, body: body as Body }
  }

  async function deploy(script_name: string, content: unknown, bindings?: object) {
    return call('PUT', '/deploy-content', { script_name, content, ...(bindings ? { bindings } : {}) })
  }

  /** What a deployed script says. */
  async function said(name: string): Promise<Record<string, unknown>> {
    return (await visit(account(), name)).json() as Promise<Record<string, unknown>>
  }

  async function secret(name: string, text: string): Promise<void> {
    const sent = { name: 'API_KEY', text, type: 'secret_text' }
    const { status } = await account().call('PUT', `${account().base}/workers/scripts/${name}/secrets`, sent)
    if (status !== 200) throw new Error(`The secret was answered with ${status}.`)
  }

  /** Has the account fail calls, or tells it what only the local one knows. */
  async function local(path: string, sent: unknown): Promise<void> {
    const headers = { authorization: `Bearer ${account().token}` }
    await fetch(`${account().url}/_local/${path}`, { method: 'PUT', headers, body: JSON.stringify(sent) })
  }
  return { ...flows, call, deploy, said, secret, local }
}

/** Asks an address as a browser does, which knows that every name below localhost is this machine. */
export async function opened(url: unknown): Promise<unknown> {
  const { port, host } = new URL(String(url))
  const answer = await new Promise<IncomingMessage>((done, fail) => {
    get({ host: '127.0.0.1', port, headers: { host } }, done).on('error', fail)
  })
  return json(answer)
}
