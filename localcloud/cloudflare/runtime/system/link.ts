import { WorkerEntrypoint } from 'cloudflare:workers'
import { dispatchHeaders, headers } from '../protocol.ts'

type Env = {
  /** A Worker that does not run in this account, such as the control plane itself. */
  readonly WORKER: { readonly tail: (events: readonly object[]) => Promise<unknown> }
  /** The account, at its address. */
  readonly CLOUD: Fetcher
  readonly TOKEN: string
}

/** Takes the account's traces to the `tail` handler of a Worker outside. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    await env.WORKER.tail(await request.json<object[]>())
    return new Response(null, { status: 204 })
  },
}

/** A dispatch namespace of the account, for a Worker outside. */
export class Namespace extends WorkerEntrypoint<Env, { namespace: string }> {
  override async fetch(request: Request): Promise<Response> {
    const name = request.headers.get(headers.script) ?? ''
    if (!/^[\w-]+$/.test(name)) return none()
    const { host, pathname, search } = new URL(request.url)
    const place = `/_local/dispatch/${this.ctx.props.namespace}/${encodeURIComponent(name)}`
    // A redirect is the script's answer, not ours to follow.
    const forwarded = new Request(
      `http://127.0.0.1${place}${pathname}${search}`,
      new Request(request, { redirect: 'manual' }),
    )
    forwarded.headers.delete(headers.script)
    forwarded.headers.set(dispatchHeaders.token, this.env.TOKEN)
    forwarded.headers.set(dispatchHeaders.host, host)
    const answer = await this.env.CLOUD.fetch(forwarded)
    return answer.headers.get(dispatchHeaders.token) === 'missing' ? none() : answer
  }
}

function none(): Response {
  return new Response(null, { status: 404, headers: { [headers.key]: 'none' } })
}
