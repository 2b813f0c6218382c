import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { redactPlan } from '../../../worker/features/deployments/plan-record.ts'
import { Secrets } from '../../../worker/platform/redact.ts'
import { countsOf } from './counts.ts'

const folder = join(import.meta.dirname, '../../../tests/fixtures/terraform')

test.each([
  ['plan-show-create.json', '2 to create'],
  ['plan-show-update-replace.json', '1 to change, 1 to replace'],
  [
    'plan-show-moved-import-forget-replace.json',
    '1 to import, 1 to create, 1 to change, 1 to replace, 2 to destroy, 1 to forget, 1 to move',
  ],
])('%s is told as %s', (file, counts) => {
  const raw: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  expect(countsOf(redactPlan(raw, new Secrets()))).toBe(counts)
})

test('a plan that changes no resource changes outputs', () => {
  const raw = { format_version: '1.2', output_changes: {} }
  expect(countsOf(redactPlan(raw, new Secrets()))).toBe('changes of outputs alone')
})
