type Props = { readonly id?: string; readonly slot?: string }
type Env = { readonly OBJECTS: DurableObjectNamespace }

/** Which identifier a slot stands for now. */
const slots = new Map<string, string>()

/**
 * Leads a binding to the object that holds its data: one Worker for any number of databases, namespaces or buckets.
 * A binding knows its identifier; the front's own bindings are slots that it assigns as it needs them.
 */
export default {
  async fetch(request: Request, env: Env, { props }: ExecutionContext<Props>): Promise<Response> {
    const id = props.id ?? slots.get(props.slot ?? '')
    if (id !== undefined) {
      return env.OBJECTS.get(env.OBJECTS.idFromName(id)).fetch(request, { cf: { miniflare: { name: id } } })
    }
    if (props.slot !== undefined) return new Response('no such slot', { status: 500 })
    const { slot, id: next } = await request.json<{ slot: string; id: string }>()
    slots.set(slot, next)
    return new Response(null, { status: 204 })
  },
}
