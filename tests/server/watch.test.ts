import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchWorker } from '../../scripts/embedded/watch.ts'
import { eventually } from '../../worker/testing.ts'

let folder: string
const consoleError = console.error
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-watch-'))
})
afterAll(() => {
  console.error = consoleError
  rmSync(folder, { recursive: true })
})

test('swaps the Worker at each save that builds, and prints the error of one that does not', async () => {
  const entry = join(folder, 'index.ts')
  const printed: string[] = []
  console.error = (...parts: unknown[]) => void printed.push(parts.join(' '))
  const swapped: string[] = []
  writeFileSync(entry, 'export default { first: 1 }')
  const unwatch = await watchWorker(async (script) => void swapped.push(script), entry)
  try {
    writeFileSync(entry, 'export default {')
    await eventually(
      async () => printed.join(),
      (text) => text.includes('found end of file'),
    )
    expect(swapped).toEqual([])
    writeFileSync(entry, 'export default { second: 2 }')
    await eventually(
      async () => swapped.join(),
      (text) => text.includes('second'),
    )
  } finally {
    await unwatch()
  }
})
