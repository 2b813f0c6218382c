import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const TMPDIR = mkdtempSync(join(tmpdir(), 'throughline-temporary-'))
afterAll(() => rmSync(TMPDIR, { recursive: true }))

/** A process that has a plan. @returns where it is */
async function holding(): Promise<{ end: (signal: NodeJS.Signals) => Promise<unknown>; folder: string }> {
  const code = `import { writeFileSync } from 'node:fs'
    const { openPlans } = await import(${JSON.stringify(join(import.meta.dirname, 'plans.ts'))})
    const { folder } = openPlans()
    writeFileSync(folder + '/github', 'secret')
    console.log(folder)
    setTimeout(() => undefined, 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { TMPDIR },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [text] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  const end = async (signal: NodeJS.Signals) => {
    const exit = once(child, 'exit')
    child.kill(signal)
    return (await exit)[0]
  }
  return { end, folder: text.trim() }
}

test.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s leaves no plan', async (signal, code) => {
  const { end, folder } = await holding()
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(await end(signal)).toBe(code)
  expect(existsSync(folder)).toBe(false)
})

test('what a killed process left is gone with the next, and what another still needs is not', async () => {
  const [killed, alive] = [await holding(), await holding()]
  await killed.end('SIGKILL')
  expect(readdirSync(killed.folder)).toEqual(['github'])
  const next = await holding()
  expect([existsSync(killed.folder), readdirSync(alive.folder)]).toEqual([false, ['github']])
  await Promise.all([alive.end('SIGTERM'), next.end('SIGTERM')])
  expect(readdirSync(TMPDIR)).toEqual([])
})
