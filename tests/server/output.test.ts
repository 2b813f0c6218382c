import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { Manifest } from '../../scripts/embedded/manifest.ts'
import { serve } from '../../scripts/embedded/server.ts'
import { eventually } from '../../worker/testing.ts'
import { freePort, owner } from './server.ts'

const manifest = Manifest.parse({ name: 'talker', main: 'index.js', compatibility_date: '2026-07-01' })
const script = `export default { fetch() { console.error('a', { b: 1 }); console.log('c'); return new Response('ok') } }`

const consoleError = console.error
afterEach(() => {
  console.error = consoleError
})

test('passes on what the Worker prints, line by line and nothing else', async () => {
  const lines: string[] = []
  console.error = (...parts: unknown[]) => void lines.push(stripVTControlCharacters(parts.join(' ')))
  const folder = mkdtempSync(join(tmpdir(), 'throughline-output-'))
  const port = await freePort()
  const server = await serve(manifest, script, { host: '127.0.0.1', port, folder, token: owner })
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('ok')
  await eventually(
    async () => lines.length,
    (count) => count >= 2,
  )
  await server.stop()
  expect(lines.toSorted()).toEqual(['a { b: 1 }', 'c'])
  rmSync(folder, { recursive: true })
})
