type File = { readonly blob: string; readonly type: string }
type Env = { readonly BLOBS: Fetcher }

/** The store of static files as Cloudflare's asset Worker wants it: a content hash names a blob and its type. */
export default {
  async fetch(
    request: Request,
    env: Env,
    { props }: ExecutionContext<{ files: Record<string, File> }>,
  ): Promise<Response> {
    const file = props.files[new URL(request.url).pathname.slice(1)]
    if (!file) return new Response('Not Found', { status: 404 })
    const { body, status } = await env.BLOBS.fetch(`http://blobs/${file.blob.slice(0, 2)}/${file.blob}`)
    return new Response(body, {
      status,
      headers: file.type === 'application/null' ? {} : { 'cf-kv-metadata': JSON.stringify({ contentType: file.type }) },
    })
  },
}
