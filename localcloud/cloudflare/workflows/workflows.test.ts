import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../../tests/clients/receiver.ts'
import { openAccount, startAccount } from '../testing.ts'
import type { TestAccount } from '../testing.ts'

type Made = { id: string }
type Details = {
  status: string
  output: unknown
  error: unknown
  steps: { name: string; type: string; output: unknown }[]
}

const code = `
import { WorkflowEntrypoint } from 'cloudflare:workers'
export class Flow extends WorkflowEntrypoint {
  async run({ payload }, step) {
    const doubled = await step.do('double', async () => payload.n * 2)
    if (payload.fail) throw new Error('no luck')
    if (payload.sleep) await step.sleep('nap', payload.sleep)
    const told = payload.wait ? await step.waitForEvent('word', { type: 'word', timeout: '1 hour' }) : null
    return { doubled, told: told?.payload ?? null }
  }
}
export default {
  async fetch(_, env) { return Response.json(await env.FLOW.create({ id: 'by-binding', params: { n: 1 } })) },
}`

async function deploy(account: TestAccount, name = 'flows'): Promise<void> {
  const bindings = [{ type: 'workflow', name: 'FLOW', workflow_name: 'flow', class_name: 'Flow', script_name: name }]
  const form = new FormData()
  form.append('metadata', JSON.stringify({ main_module: 'i.js', compatibility_date: '2026-07-01', bindings }))
  form.append('i.js', new File([code], 'i.js', { type: 'application/javascript+module' }))
  await account.call('PUT', `${account.base}/workers/scripts/${name}`, form)
}

const flow = { script_name: 'flows', class_name: 'Flow' }

/** Asks until an instance is in a state, or has such a step. */
async function until(account: TestAccount, path: string, wanted: string): Promise<Details> {
  return eventually(async () => {
    const { result } = await account.call<Details>('GET', path)
    return result?.status === wanted || result?.steps.some(({ type }) => type === wanted) ? result : null
  })
}

describe('Workflows', () => {
  const { account } = startAccount()
  const base = () => `${account().base}/workflows`
  const instances = () => `${base()}/flow/instances`
  const create = async (params: object, instance_id?: string) => {
    const made = await account().call<Made>('POST', instances(), { params: JSON.stringify(params), instance_id })
    return `${instances()}/${made.result.id}`
  }
  beforeAll(async () => {
    await deploy(account())
    await account().call('PUT', `${base()}/flow`, flow)
  })

  test('are made of a class that a script exports', async () => {
    expect(await account().call('PUT', `${base()}/other`, { ...flow, script_name: 'nobody' })).toMatchObject({
      status: 500,
      errors: [{ code: 10_001, message: 'workflows.api.error.internal_server' }],
    })
    expect(await account().call('PUT', `${base()}/no good`, flow)).toMatchObject({ errors: [{ code: 10_002 }] })
    expect(await account().call('PUT', `${base()}/flow`, {})).toMatchObject({ errors: [{ code: 10_002 }] })
    expect(await account().call('GET', `${base()}/none`)).toMatchObject({
      status: 404,
      errors: [{ code: 10_200, message: 'workflows.api.error.workflow.not_found' }],
    })
    expect(await account().call('GET', `${base()}?page=1`)).toMatchObject({ result: [{ name: 'flow' }] })
    const versions = await account().call<Made[]>('GET', `${base()}/flow/versions`)
    expect(versions.result).toMatchObject([{ class_name: 'Flow' }])
    const version = `${base()}/flow/versions/${versions.result[0]?.id}`
    expect(await account().call('GET', version)).toMatchObject({ result: { language: 'javascript' } })
    expect(await account().call('GET', `${base()}/flow/versions/none`)).toMatchObject({ errors: [{ code: 10_300 }] })
  })

  test('an instance runs to its end, with every step told', async () => {
    const path = await create({ n: 21 }, 'first')
    expect((await account().call('GET', path)).status).toBe(200)
    const done = await until(account(), path, 'complete')
    expect(done).toMatchObject({ output: { doubled: 42 }, params: { n: 21 }, success: true, step_count: 1 })
    expect(done.steps).toMatchObject([{ name: 'double-1', type: 'step', output: 42, attempts: [{ success: true }] }])
    expect(await account().call('POST', instances(), { instance_id: 'first' })).toMatchObject({
      status: 409,
      errors: [{ code: 10_405, message: 'workflows.api.error.instance.already_exists' }],
    })
    expect(await account().call('GET', `${instances()}/none`)).toMatchObject({
      status: 404,
      errors: [{ code: 10_400 }],
    })
    const failed = await until(account(), await create({ n: 1, fail: true }), 'errored')
    expect(failed.error).toMatchObject({ name: 'Error', message: 'no luck' })
    await fetch(`${account().url}/workers/flows/`)
    await until(account(), `${instances()}/by-binding`, 'complete')
    const listed = await account().call<{ id: string; status: string }[]>('GET', `${instances()}/?status=complete`)
    expect(listed.result.map(({ id }) => id)).toEqual(['by-binding', 'first'])
  })

  test('an instance waits for an event, is paused, resumed, restarted and terminated', async () => {
    const path = await create({ n: 1, wait: true })
    const status = (value: object) => account().call('PATCH', `${path}/status`, value)
    await until(account(), path, 'waitForEvent')
    expect(await status({ status: 'pause' })).toMatchObject({ status: 200 })
    await until(account(), path, 'paused')
    await status({ status: 'resume' })
    expect(await account().call('POST', `${path}/events/word`, { say: 'hello' })).toMatchObject({ status: 200 })
    expect(await until(account(), path, 'complete')).toMatchObject({ output: { told: { say: 'hello' } } })
    expect(await status({ status: 'terminate' })).toMatchObject({ status: 409, errors: [{ code: 10_401 }] })
    expect(await status({ status: 'pause' })).toMatchObject({ status: 409 })
    expect(await status({ status: 'dance' })).toMatchObject({ status: 400, errors: [{ code: 10_002 }] })
    expect(await status({ status: 'restart' })).toMatchObject({ status: 200 })
    await status({ status: 'terminate' })
    await until(account(), path, 'terminated')
    expect(await account().call('DELETE', path)).toMatchObject({ status: 200 })
    expect(await account().call('GET', path)).toMatchObject({ status: 404 })
  })

  test('instances are made, ended and deleted by the dozen', async () => {
    const batch = [
      { instance_id: 'b1', params: { n: 1, wait: true } },
      { instance_id: 'b2', params: { n: 2, wait: true } },
    ]
    expect(await account().call('POST', `${instances()}/batch`, batch)).toMatchObject({
      result: [{ id: 'b1' }, { id: 'b2' }],
    })
    expect(await account().call('POST', `${instances()}/batch`, [])).toMatchObject({ errors: [{ code: 10_002 }] })
    const ended = await account().call('POST', `${instances()}/batch/terminate`, ['b1', 'b2', 'none'])
    expect(ended).toMatchObject({ result: { instancesTerminated: 2 } })
    const deleted = await account().call('POST', `${instances()}/batch/delete`, { instances: ['b1', 'none'] })
    expect(deleted).toMatchObject({ result: { deleted: [{ id: 'b1' }], errors: [{ id: 'none', code: 10_400 }] } })
  })

  test('a sleeper wakes after another deploy', async () => {
    const path = await create({ n: 4, sleep: '2 seconds' })
    await until(account(), path, 'sleep')
    await deploy(account(), 'somebody-else')
    expect(await until(account(), path, 'complete')).toMatchObject({ output: { doubled: 8 } })
  })
})

test('an instance goes on where it was when the process ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-cloud-'))
  const first = await openAccount(folder)
  await deploy(first)
  await first.call('PUT', `${first.base}/workflows/flow`, flow)
  const path = `${first.base}/workflows/flow/instances`
  await first.call('POST', path, { instance_id: 'slow', params: { n: 5, wait: true } })
  await first.call('POST', path, { instance_id: 'gone', params: { n: 5 } })
  await until(first, `${path}/gone`, 'complete')
  await first.call('DELETE', `${path}/gone`)
  await first.stop()
  const again = await openAccount(folder)
  expect(await again.call('GET', `${path}/gone`)).toMatchObject({ status: 404 })
  expect(await again.call('POST', path, { instance_id: 'gone', params: { n: 6 } })).toMatchObject({ status: 200 })
  expect(await until(again, `${path}/gone`, 'complete')).toMatchObject({ output: { doubled: 12 } })
  await again.call('POST', `${path}/slow/events/word`, '"go"')
  expect(await until(again, `${path}/slow`, 'complete')).toMatchObject({ output: { doubled: 10, told: 'go' } })
  await again.stop()
  rmSync(folder, { recursive: true, force: true })
})
