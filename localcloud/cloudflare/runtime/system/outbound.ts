import { headers } from '../protocol.ts'

type Env = { readonly KEY: string; readonly FRONT: string }

/** What scripts send into the world. The front learns which calls come from in here. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { host } = new URL(request.url)
    const marked = new Request(request)
    marked.headers.delete('cf-connecting-ip')
    if (host === env.FRONT || host.endsWith(`.localhost:${env.FRONT.split(':')[1]}`)) {
      marked.headers.set(headers.inside, env.KEY)
    }
    return fetch(marked)
  },
}
