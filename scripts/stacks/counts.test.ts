import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { countsOf } from './counts.ts'

const folder = join(import.meta.dirname, '../../tests/fixtures/terraform')

test.each([
  ['plan-show-create.json', '2 to add'],
  ['plan-show-update-replace.json', '1 to add, 1 to change, 1 to destroy'],
  [
    'plan-show-moved-import-forget-replace.json',
    '1 to import, 2 to add, 1 to change, 3 to destroy, 1 to forget, 1 to move',
  ],
])('%s is told as %s', (file, counts) => {
  expect(countsOf(JSON.parse(readFileSync(join(folder, file), 'utf8')))).toBe(counts)
})

test('a plan that changes no resource changes outputs', () => {
  expect(countsOf({ format_version: '1.2', output_changes: {} })).toBe('outputs only')
})
