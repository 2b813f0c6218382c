import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Manifest } from '../../scripts/embedded/manifest.ts'
import { serve } from '../../scripts/embedded/server.ts'
import { eventually } from '../../worker/testing.ts'
import { freePort, owner } from './server.ts'

const manifest = Manifest.parse({
  name: 'sleeper',
  main: 'index.js',
  compatibility_date: '2026-07-01',
  workflows: [{ binding: 'NAP', name: 'nap', class_name: 'Nap' }],
})

const script = `
import { WorkflowEntrypoint } from 'cloudflare:workers'
export class Nap extends WorkflowEntrypoint {
  async run(event, step) {
    const first = await step.do('first', async () => crypto.randomUUID())
    if (event.payload.wait) await step.waitForEvent('knock', { type: 'knock', timeout: '1 hour' })
    else await step.sleep('nap', '1 second')
    return step.do('second', async () => first)
  }
}
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    const id = searchParams.get('id')
    if (pathname === '/new') return Response.json({ id: (await env.NAP.create({ id, params: { wait: searchParams.has('wait') } })).id })
    const instance = await env.NAP.get(id)
    if (pathname === '/knock') await instance.sendEvent({ type: 'knock', payload: 1 })
    const { __LOCAL_DEV_STEP_OUTPUTS: steps, ...status } = await instance.status()
    return Response.json({ ...status, steps })
  }
}`

type Status = { status: string; output: string | null; steps: string[] }

const isPast = (count: number) => (found: Status) => found.steps.length >= count

test('wakes the workflows that a restart left asleep, and runs no finished step again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-workflows-'))
  const port = await freePort()
  const place = { host: '127.0.0.1', port, folder, token: owner }
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).json() as Promise<Status>

  const before = await serve(manifest, script, place)
  await ask('/new?id=nap')
  await ask('/new?id=guest&wait')
  const [slept] = (await eventually(() => ask('/?id=nap'), isPast(1))).steps
  await eventually(() => ask('/?id=guest'), isPast(1))
  await before.stop()

  const after = await serve(manifest, script, place)
  const woken = await eventually(() => ask('/?id=nap'), isPast(2))
  expect(woken).toMatchObject({ status: 'complete', output: slept })
  await ask('/knock?id=guest')
  expect(
    await eventually(
      () => ask('/?id=guest'),
      ({ status }) => status !== 'running' && status !== 'waiting',
    ),
  ).toMatchObject({ status: 'complete' })
  await after.stop()
  rmSync(folder, { recursive: true })
})
