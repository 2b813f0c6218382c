import { z } from '@hono/zod-openapi'
import type { Account } from './account.ts'
import type { Call } from './call.ts'
import { ok, Refused } from './envelope.ts'
import { matches } from './resource.ts'
import { answerFrom, ask, jsonOf } from './upstream.ts'

/** How a list tells what an element is: the member that names it, and the member that holds the list, if not `result` itself. */
type Shape = { readonly kind: string; readonly name: string; readonly within?: string }

const account = (path: string) => `accounts/{}/${path}`
const shapes: Readonly<Record<string, Shape>> = {
  [account('workers/scripts')]: { kind: 'script', name: 'id' },
  [account('workers/scripts-search')]: { kind: 'script', name: 'script_name' },
  [account('workers/workers')]: { kind: 'script', name: 'name' },
  [account('workers/durable_objects/namespaces')]: { kind: 'script', name: 'script' },
  [account('workers/domains')]: { kind: 'script', name: 'service' },
  [account('workers/domains/records')]: { kind: 'script', name: 'service' },
  [account('workers/dispatch/namespaces')]: { kind: 'dispatch', name: 'namespace_name' },
  [account('storage/kv/namespaces')]: { kind: 'kv', name: 'id' },
  [account('d1/database')]: { kind: 'd1', name: 'uuid' },
  [account('r2/buckets')]: { kind: 'r2', name: 'name', within: 'buckets' },
  [account('queues')]: { kind: 'queue', name: 'queue_name' },
  [account('workflows')]: { kind: 'workflow', name: 'name' },
  [account('pages/projects')]: { kind: 'pages', name: 'name' },
  [account('secrets_store/stores')]: { kind: 'secrets_store', name: 'id' },
  [account('hyperdrive/configs')]: { kind: 'hyperdrive', name: 'id' },
  [account('vectorize/v2/indexes')]: { kind: 'vectorize', name: 'name' },
  zones: { kind: 'zone', name: 'id' },
}

const Element = z.record(z.string(), z.unknown())
const Page = z.object({
  result: z.union([z.array(Element), Element]).nullable(),
  result_info: z.looseObject({ cursor: z.string().nullish(), total_pages: z.int().nullish() }).nullish(),
})
/** Each page costs one of the client's calls. */
const mostPages = 100
/** Elements that are asked for at a time, of what there may be many. */
const atOnce: Readonly<Record<string, string>> = { d1: '100', kv: '100' }

/**
 * A list of what somebody may see, whose pages are made anew: a page that others' elements left empty would end the list,
 * since clients ask until a page is empty.
 * @param pay counts a call, for each page but the first, which is counted
 * @returns the answer of Cloudflare when it is none that could be filtered
 */
export async function filteredList(
  upstream: Account,
  call: Call,
  patterns: readonly string[],
  pay: () => Promise<void>,
): Promise<Response> {
  const shape = shapes[call.operation.template.join('/')]
  if (!shape) throw new Refused(403, { code: 10_000, message: 'Authentication error' })
  const query = new URLSearchParams(call.query)
  const page = positive(query.get('page'), 1)
  const perPage = positive(query.get('per_page'), shape.kind === 'pages' ? 10 : 20)
  const all = await everyElement(upstream, call.path, query, shape, pay)
  if (all instanceof Response) return all
  const seen = all.filter((element) => isSeen(element, shape, patterns))
  const isPaged = query.has('page') || query.has('per_page')
  const shown = isPaged ? seen.slice((page - 1) * perPage, page * perPage) : pageOne(seen, query)
  const info = {
    page,
    per_page: perPage,
    count: shown.length,
    total_count: seen.length,
    total_pages: Math.ceil(seen.length / perPage),
  }
  return ok(shape.within === undefined ? shown : { [shape.within]: shown }, info)
}

/** Whoever sends a cursor has had everything: what we hand out has none. */
function pageOne<Item>(items: readonly Item[], query: URLSearchParams): readonly Item[] {
  return query.has('cursor') ? [] : items
}

function isSeen(element: z.infer<typeof Element>, { kind, name }: Shape, patterns: readonly string[]): boolean {
  const value = element[name]
  return typeof value === 'string' && patterns.some((pattern) => matches(pattern, { kind, name: value }))
}

async function everyElement(
  upstream: Account,
  path: string,
  query: URLSearchParams,
  { kind, within }: Shape,
  pay: () => Promise<void>,
) {
  const elements: z.infer<typeof Element>[] = []
  const asked = firstPage(query, kind)
  let before = ''
  for (let page = 1; page <= mostPages; page += 1) {
    if (page > 1) await pay()
    const response = await ask(upstream, `${path}?${asked.toString()}`)
    if (!response.ok) return answerFrom(response)
    const { result, result_info: info } = pageIn(await jsonOf(response))
    const found = elementsIn(result, within)
    // A list without pages answers every one of them alike.
    const same = JSON.stringify(found)
    if (found.length === 0 || same === before) return elements
    before = same
    elements.push(...found)
    if (info?.cursor) asked.set('cursor', info.cursor)
    else if (!info || isLast(info.total_pages, page, within)) return elements
    else asked.set('page', String(page + 1))
  }
  // Half a list would be taken for all of it; a failure of 5xx would be asked again.
  throw new Refused(400, {
    code: 10_021,
    message: `The list has more than ${mostPages} pages: a token whose policy covers all of the kind gets them as they are.`,
  })
}

function firstPage(query: URLSearchParams, kind: string): URLSearchParams {
  const asked = new URLSearchParams([...query].filter(([name]) => !['page', 'per_page', 'cursor'].includes(name)))
  if (atOnce[kind] !== undefined) asked.set('per_page', atOnce[kind])
  return asked
}

function pageIn(answer: unknown): z.infer<typeof Page> {
  const { data } = Page.safeParse(answer)
  if (!data) throw new Refused(502, { code: 10_002, message: "Cloudflare's answer is no list." })
  return data
}

function isLast(pages: number | null | undefined, page: number, within: string | undefined): boolean {
  return within !== undefined || (typeof pages === 'number' && page >= pages)
}

function elementsIn(result: z.infer<typeof Page>['result'], within: string | undefined): z.infer<typeof Element>[] {
  if (Array.isArray(result)) return result
  const inner = z.array(Element).safeParse(result?.[within ?? 'items'])
  return inner.data ?? []
}

function positive(text: string | null, otherwise: number): number {
  const number = Number(text ?? Number.NaN)
  return Number.isSafeInteger(number) && number > 0 ? number : otherwise
}
