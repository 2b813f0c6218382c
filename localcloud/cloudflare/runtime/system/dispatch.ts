import { headers } from '../protocol.ts'

type Inner = { readonly fetcher: Fetcher }

/** A dispatch namespace as a script sees it: a missing script is known only when it is called. */
export default function dispatch({ fetcher }: Inner) {
  return {
    get: (name: string) => ({
      async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
        const request = new Request(input, init)
        request.headers.set(headers.script, name)
        const response = await fetcher.fetch(request)
        if (response.headers.get(headers.key) === 'none') throw new Error('Worker not found.')
        return response
      },
    }),
  }
}
