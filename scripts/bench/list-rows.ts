import { z } from 'zod'
import { atMost } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { withSeeded } from './metered-server.ts'
import type { Ask } from './metered-server.ts'

const busy = 'team-000/network/production'
const year = 365 * 86_400_000

const ago = (share: number) => new Date(Date.now() - year * share).toISOString()

/** Every list, with every single filter it takes. */
function lists(): Record<string, [plural: string, filters: Record<string, string>][]> {
  return {
    deployments: [
      ['deployments', {}],
      ['deployments', { status: 'success' }],
      ['deployments', { status: 'failed' }],
      ['deployments', { state: busy }],
      ['deployments', { operation: 'plan' }],
      ['deployments', { actor: 'person-7@host' }],
      ['deployments', { from: ago(0.2) }],
      ['deployments', { to: ago(0.8) }],
    ],
    resources: [
      ['resources', {}],
      ['resources', { state: busy }],
      ['resources', { provider: 'cloudflare' }],
      ['resources', { type: 'azurerm_kind1' }],
      ['resources', { status: 'active' }],
      ['resources', { status: 'tainted' }],
      ['resources', { text: 'service_1' }],
      ['resources', { text: 'azurerm' }],
    ],
    repos: [['repositories', {}]],
    tokens: [['tokens', {}]],
    states: [['states', {}]],
    audit: [
      ['acts', {}],
      ['acts', { actor: 'ci-7' }],
      ['acts', { action: 'state.write' }],
      ['acts', { action: 'token.create' }],
      ['acts', { subject: busy }],
      ['acts', { outcome: 'success' }],
      ['acts', { outcome: 'failed' }],
      ['acts', { from: ago(0.2) }],
      ['acts', { to: ago(0.8) }],
      ['acts', { actor: 'ci-7', from: ago(0.8), to: ago(0.2) }],
    ],
    [`states/${encodeURIComponent(busy)}/versions`]: [['versions', {}]],
  }
}

const Next = z.looseObject({ next: z.string().nullable() })

/** A page of a list: how many rows D1 read for it, and how many it shows. */
type Page = { readonly read: number; readonly returned: number }

export const listRows: Metric = {
  name: 'list rows',
  limitSeconds: 240,
  measure: (quick) => withSeeded(quick ? 0.05 : 1, measureLists),
}

async function measureLists(ask: Ask): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [path, queries] of Object.entries(lists())) {
    const measured: { filter: string; pages: Page[]; worst: number }[] = []
    for (const [plural, filters] of queries) {
      const filter = new URLSearchParams(filters).toString()
      const pages = await walk(ask, path, plural, filters)
      measured.push({ filter, pages, worst: worstOf(pages) })
    }
    findings.push(finding(path, measured))
  }
  return findings
}

/** On a last page of fewer rows, the few that are read to find its beginning would be all that is seen. */
const fewest = 20

/** Rows read per row shown, at the worst page. */
function worstOf(pages: readonly Page[]): number {
  const judged = pages.filter(({ returned }) => returned >= fewest)
  return Math.max(...judged.map(({ read, returned }) => read / returned))
}

const show = (value: number) => value.toFixed(2)

function finding(path: string, measured: readonly { filter: string; pages: Page[]; worst: number }[]): Finding {
  const [first] = measured.toSorted((a, b) => b.worst - a.worst)
  const count = measured.reduce((sum, { pages }) => sum + pages.length, 0)
  const what = `Rows read ÷ rows returned, \`/api/${decodeURIComponent(path).replace(busy, '<name>')}\``
  const evidence = measured.map(({ filter, pages, worst }) => ({ filter, worst, ...places(pages) }))
  const found = atMost(what, first?.worst ?? NaN, { target: 3, show, noisy: false }, evidence)
  const which = measured.length > 1 ? `, with \`${first?.filter || 'no filter'}\`` : ''
  return { ...found, measured: `${found.measured} at the worst of ${count} pages${which}` }
}

function places(pages: readonly Page[]) {
  return { pages: pages.length, first: pages[0], middle: pages[Math.floor(pages.length / 2)], last: pages.at(-1) }
}

/** Every page of a list, from the first to the last. */
async function walk(ask: Ask, path: string, plural: string, filters: Record<string, string>): Promise<Page[]> {
  const pages: Page[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams({ ...filters, limit: '200', ...(cursor === '' ? {} : { cursor }) })
    const { body, rowsRead } = await ask(`/api/${path}?${query.toString()}`)
    const { next, [plural]: rows } = Next.parse(body)
    pages.push({ read: rowsRead, returned: z.array(z.unknown()).min(1).parse(rows).length })
    cursor = next
  }
  return pages
}
