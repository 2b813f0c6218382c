type Props = { readonly owner: string }
type Env = { readonly OBJECTS: DurableObjectNamespace }

/** The cache of each script: Miniflare's own entry gives all scripts of an instance the same. */
export default {
  async fetch(request: Request, env: Env, { props }: ExecutionContext<Props>): Promise<Response> {
    const named = request.headers.get('cf-cache-namespace')
    const name = `${props.owner}:${named === null ? 'default' : `named:${named}`}`
    return env.OBJECTS.get(env.OBJECTS.idFromName(name)).fetch(request, { cf: { ...request.cf, miniflare: { name } } })
  },
}
