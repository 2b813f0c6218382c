import { redactPlan } from '../../../worker/features/deployments/plan-record.ts'
import { Secrets } from '../../../worker/platform/redact.ts'
import { longest, plansAsMarkdown } from './markdown.ts'
import type { StackReport } from './report.ts'

type Change = { address: string; actions: string[]; before?: object | null; after?: object | null }

function report(stack: string, changes: readonly Change[]): StackReport {
  const raw = { resource_changes: changes.map(({ address, ...change }) => ({ address, change })) }
  const plan = { digest: '', record: redactPlan(raw, new Secrets()) }
  const deployment = { id: 'deploy-1', url: 'https://throughline.example.com/api/deployments/deploy-1' }
  const outcome = changes.length > 0 ? 'changes' : 'unchanged'
  return { stack, state: stack, outcome, reason: null, deployment, plan }
}

const created = (address: string, after: object): Change => ({ address, actions: ['create'], before: null, after })

const many = (stack: string, count: number) =>
  report(
    stack,
    Array.from({ length: count }, (_, at) => created(`a_b.c${at}`, { text: 'x'.repeat(150) })),
  )

test('a plan that is far too long keeps its counts, and as much of the rest as fits', () => {
  const text = plansAsMarkdown([many('small', 2), many('large', 5000), many('middle', 300), many('last', 2)], 'Start')
  expect(text.length).toBeLessThanOrEqual(longest)
  expect(text).toContain('| large | 5000 to create |')
  const [, small, large, middle, last] = text.split(/^### .*$/m)
  expect(small).toContain('<details>')
  expect(large?.trim()).toBe('_Left out here, as it would be too long: see the run._')
  expect([middle, last].map((section) => section?.includes('<details>'))).toEqual([true, true])
})

test('nothing in a plan breaks out of where it stands', () => {
  const odd = created('a_b.c["x|`y\n</details>"]', { text: '```\n</details>', after: '````' })
  const text = plansAsMarkdown([report('odd', [odd])], 'Start')
  expect(text).toContain('| create | `a_b.c["x\\|\'y </details>"]` |')
  const [, fence = ''] = /^(`{3,})diff$/m.exec(text) ?? []
  expect(fence).toBe('`````')
  expect(text.split('\n').filter((line) => line.startsWith(fence))).toEqual([`${fence}diff`, fence])
})

test('what is destroyed, replaced or only partly known is told as such', () => {
  const text = plansAsMarkdown(
    [
      report('all', [
        { address: 'a_b.gone', actions: ['delete'], before: { id: 'i', secret: 'x' }, after: null },
        {
          address: 'a_b.new',
          actions: ['delete', 'create'],
          before: { a: 1, b: { c: 1 } },
          after: { a: 1, b: { c: 2 } },
        },
      ]),
      report('none', []),
      { ...report('broken', []), outcome: 'failed', reason: 'terraform plan ended with 1.' },
    ],
    'Start',
  )
  expect(text).toContain('| all | 1 to **replace**, 1 to **destroy** |')
  expect(text).toContain('| none | no changes |')
  expect(text).toContain('| broken | **failed** terraform plan ended with 1. |')
  expect(text).toContain('- a_b.gone: delete\n-/+ a_b.new: replace\n    b.c: 1 → 2\n')
})
