import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { recordReader } from './logged.ts'
import { startWorld, throughline } from './world.ts'
import type { Place } from './world.ts'

const world = startWorld()
const read = recordReader(world)

/** A program in terraform's place that prints what a script prints, since terraform itself prints nothing odd. */
async function printing(script: string): Promise<Place> {
  const place = await world.place('', 'printed')
  await place.write('printer', `#!/bin/sh\n${script}\n`)
  await chmod(join(place.folder, 'printer'), 0o755)
  return place
}

type Ran = { readonly code: number | null; readonly digest: string; readonly megabytes: number }

/** Runs it and tells the exit code, a digest of what the person saw, and the most memory that the recorder took. */
async function run({ folder, env }: Place): Promise<Ran> {
  const program = { THROUGHLINE_TERRAFORM: join(folder, 'printer'), THROUGHLINE_QUIET: '1' }
  const child = spawn(throughline, ['terraform', 'refresh'], { cwd: folder, env: { ...env, ...program } })
  const digest = createHash('sha256')
  const errors: string[] = []
  child.stdout.on('data', (bytes: Buffer) => digest.update(bytes))
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes.toString()))
  let megabytes = 0
  const watch = setInterval(() => {
    megabytes = mostMemory(child.pid) ?? megabytes
  }, 10)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(watch)
  expect(errors).toEqual([])
  return { code, digest: digest.digest('hex'), megabytes }
}

/** The most memory that a process had so far, in MB. */
function mostMemory(pid: number | undefined): number | null {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? null : Number(kilobytes) / 1024
  } catch {
    return null
  }
}

function digestOf(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

test('ten megabytes in one line are shown as they are, and recorded in pieces', async () => {
  const place = await printing(`head -c 10000000 /dev/zero | tr '\\0' x; echo; echo after`)
  const { code, digest, megabytes } = await run(place)
  expect([code, digest]).toEqual([0, digestOf(`${'x'.repeat(10_000_000)}\nafter\n`)])
  expect([megabytes > 30, megabytes < 120, megabytes]).toEqual([true, true, megabytes])
  const { logged } = await read(place)
  expect(logged.map(({ text }) => text).join('')).toBe(`${'x'.repeat(10_000_000)}after`)
  expect(Math.max(...logged.map(({ text }) => text.length))).toBeLessThanOrEqual(65_536)
})

test('bytes that are no text are shown as they are, and recorded as far as they are text', async () => {
  const place = await printing(String.raw`printf 'a\377b\0c\033[1mbold\033[0m\r\nn\303'; printf '\303\244'; exit 3`)
  const { code, digest } = await run(place)
  const bytes = Buffer.from('a\u00FFb\0c\u001B[1mbold\u001B[0m\r\nn\u00C3\u00C3\u00A4', 'latin1')
  expect([code, digest]).toEqual([3, digestOf(bytes)])
  const { logged, status } = await read(place)
  expect([status, logged.map(({ text }) => text)]).toEqual(['failed', ['a\uFFFDb\uFFFDcbold', 'n\uFFFDä']])
})

test('a hundred thousand lines take little memory, and are recorded once each', async () => {
  const place = await printing(`seq -f 'terraform_data.item[%.0f]: Refreshing state... [id=0123456789abcdef]' 1 100000`)
  const { code, megabytes } = await run(place)
  expect(code).toBe(0)
  expect([megabytes > 30, megabytes < 120, megabytes]).toEqual([true, true, megabytes])
  // A busy machine may leave some of it for later.
  await place.throughline('deliver')
  const { id } = await read(place)
  const shown = await (await world.worker.fetch(`/api/deployments/${id}`)).json()
  expect(shown).toMatchObject({ status: 'success', logs: { lines: 100_000 } })
}, 120_000)
