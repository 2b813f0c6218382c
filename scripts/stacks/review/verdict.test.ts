import { redactPlan } from '../../../worker/features/deployments/plan-record.ts'
import { Secrets } from '../../../worker/platform/redact.ts'
import { readReview, whatDiffers } from './verdict.ts'

const plan = (changes: Record<string, number>) =>
  redactPlan(
    {
      resource_changes: Object.entries(changes).map(([address, after]) => {
        return { address, change: { actions: ['update'], before: { n: 0 }, after: { n: after } } }
      }),
    },
    new Secrets(),
  )

test('a plan that is not the reviewed one is told resource by resource', () => {
  expect(
    whatDiffers(
      plan({ 'a_b.same': 1, 'a_b.gone': 1, 'a_b.other': 1 }),
      plan({ 'a_b.same': 1, 'a_b.new': 1, 'a_b.other': 2 }),
    ),
  ).toEqual([
    '  a_b.gone: update was reviewed, and is not planned any more.',
    '  a_b.new: update was not in the review.',
    '  a_b.other: update, but not to the values that were reviewed.',
  ])
})

test('a review is of one stack, and names a run with a digest', () => {
  const digest = 'a'.repeat(64)
  expect(readReview(undefined, [1, 2])).toBeNull()
  expect(readReview(`deploy-2026-11-21-001:${digest}`, [1])).toEqual({ deployment: 'deploy-2026-11-21-001', digest })
  expect(() => readReview(`deploy-2026-11-21-001:${digest}`, [1, 2])).toThrow('--reviewed is of one stack')
  expect(() => readReview('deploy-2026-11-21-001', [1])).toThrow('--reviewed takes a run')
})
