import { headers } from '../protocol.ts'

type Env = { readonly KEY: string; readonly FRONT: string }

/** What scripts send into the world. The front learns which calls come from in here. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const marked = new Request(request)
    marked.headers.delete('cf-connecting-ip')
    if (isFront(new URL(request.url), env.FRONT)) marked.headers.set(headers.inside, env.KEY)
    return fetch(marked)
  },
}

function isFront({ hostname, port }: URL, front: string): boolean {
  const { hostname: own, port: wanted } = new URL(`http://${front}`)
  return port === wanted && (hostname === own || /^(127\.0\.0\.1|\[::1\]|(.+\.)?localhost)$/.test(hostname))
}
