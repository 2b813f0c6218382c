import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { deploy, startAccount, uploadForm, visit } from '../testing.ts'

const fine = `export default { fetch: () => new Response('fine') }`

function refused(code: number, status = 400): unknown {
  return expect.objectContaining({ status, errors: [expect.objectContaining({ code })] })
}

describe('an upload', () => {
  const { account } = startAccount()
  const path = (rest = '') => `${account().base}/workers/scripts/bad${rest}`
  const put = (form: FormData) => account().call('PUT', path(), form)
  test('needs metadata that can be read', async () => {
    const form = new FormData()
    form.append('index.js', new File([fine], 'index.js', { type: 'application/javascript+module' }))
    expect(await put(form)).toEqual(refused(10_021))
    form.append('metadata', '{ not json')
    expect(await put(form)).toEqual(refused(10_021))
    expect(await account().call('PUT', path(), '{}')).toEqual(refused(10_001))
  })

  test('needs the module that it names', async () => {
    expect(await put(uploadForm(fine, { main_module: 'other.js' }))).toEqual(refused(10_021))
    expect(await put(uploadForm(`import x from './gone.js'; ${fine}`))).toEqual(refused(10_021))
    expect(await put(uploadForm('export const nothing = 1'))).toEqual(refused(10_068))
  })

  test('may not be larger than a Worker may be', async () => {
    expect(await put(uploadForm(`${fine}\n// ${'a'.repeat(30_000_000)}`))).toEqual(refused(10_027, 413))
    const noise = randomBytes(12_000_000).toString('base64')
    expect(gzipSync(noise, { level: 1 }).length).toBeGreaterThan(10_485_760)
    expect(await put(uploadForm(`${fine}\n// ${noise}`))).toEqual(refused(10_027, 413))
  })

  test('may bind only what is there', async () => {
    const bind = (binding: object) => put(uploadForm(fine, { bindings: [binding] }))
    const name = 'X'
    expect(await bind({ name, type: 'kv_namespace', namespace_id: 'f'.repeat(32) })).toEqual(refused(10_041))
    expect(await bind({ name, type: 'd1', id: '00000000-0000-0000-0000-000000000000' })).toEqual(refused(10_181))
    const noId = await bind({ name, type: 'd1' })
    expect(noId.errors[0]?.message).toBe('binding X of type d1 must have a valid `id` specified')
    expect(await bind({ name, type: 'r2_bucket', bucket_name: 'none' })).toEqual(refused(10_085))
    expect(await bind({ name, type: 'queue', queue_name: 'none' })).toEqual(refused(11_000))
    expect(await bind({ name, type: 'service', service: 'none' })).toEqual(refused(10_144))
    expect(await bind({ name, type: 'secrets_store_secret', store_id: 's', secret_name: 'n' })).toEqual(refused(10_182))
    expect(await bind({ name, type: 'dispatch_namespace', namespace: 'none' })).toEqual(refused(100_119))
    expect(await bind({ name, type: 'durable_object_namespace', class_name: 'Room' })).toEqual(refused(10_061))
    expect(await bind({ type: 'plain_text', text: '' })).toEqual(refused(10_052))
    const twice = {
      bindings: [
        { name, type: 'plain_text', text: 'a' },
        { name, type: 'plain_text', text: 'b' },
      ],
    }
    expect(await put(uploadForm(fine, twice))).toEqual(refused(10_053))
  })

  test('needs a name that a script may have, and a date that has been', async () => {
    expect(await account().call('PUT', `${account().base}/workers/scripts/Bad.Name`, uploadForm(fine))).toEqual(
      refused(10_016),
    )
    expect(await put(uploadForm(fine, { compatibility_date: '2999-01-01' }))).toEqual(refused(10_021))
  })

  test('that was refused leaves nothing', async () => {
    expect(await account().call('GET', path('/settings'))).toMatchObject({ status: 404, errors: [{ code: 10_007 }] })
    expect((await visit(account(), 'bad')).status).toBe(404)
    expect(await account().call('GET', `${account().base}/workers/scripts`)).toMatchObject({ result: [] })
  })

  test('is given up when its module never ends', async () => {
    const endless = await put(uploadForm(`for (;;) {}\n${fine}`))
    expect(endless.errors).toEqual([{ code: 10_021, message: 'Error: Script startup exceeded CPU time limit.' }])
  })
})

describe('Durable Object migrations', () => {
  const { account } = startAccount()
  const room = `export class Room { fetch() { return new Response('room') } }\n${fine}`
  const bindings = [{ type: 'durable_object_namespace', name: 'ROOM', class_name: 'Room' }]
  const put = (code: string, metadata: object) => deploy(account(), 'objects', code, metadata)

  test('are applied in the order of their tags', async () => {
    const v1 = { new_tag: 'v1', steps: [{ new_sqlite_classes: ['Room'] }] }
    expect(await put(fine, { bindings, migrations: v1 })).toMatchObject({ status: 400, errors: [{ code: 10_070 }] })
    expect(await put(room, { bindings, migrations: v1 })).toMatchObject({
      status: 200,
      result: { migration_tag: 'v1' },
    })
    const again = await put(room, { bindings, migrations: v1 })
    expect(again).toMatchObject({ status: 412, errors: [{ code: 10_079 }] })
    expect(again.errors[0]?.message).toBe("Migration tag precondition failed; current tag is 'v1'")
    const skipped = { old_tag: 'v2', new_tag: 'v3', steps: [{ deleted_classes: ['Room'] }] }
    expect(await put(fine, { migrations: skipped })).toMatchObject({ status: 412, errors: [{ code: 10_079 }] })
  })

  test('are needed to drop a class, and keep its objects when they rename it', async () => {
    expect(await put(fine, {})).toMatchObject({ status: 400, errors: [{ code: 10_064 }] })
    const renamed = `export class Hall { fetch() {} }\n${fine}`
    const rename = { old_tag: 'v1', new_tag: 'v2', steps: [{ renamed_classes: [{ from: 'Room', to: 'Hall' }] }] }
    const before = await account().call<{ id: string }[]>('GET', `${account().base}/workers/durable_objects/namespaces`)
    expect(await put(renamed, { migrations: rename })).toMatchObject({ status: 200 })
    const after = await account().call<{ id: string }[]>('GET', `${account().base}/workers/durable_objects/namespaces`)
    expect(after.result).toEqual([{ ...before.result[0], class: 'Hall', name: 'objects_Hall' }])
    const remove = { old_tag: 'v2', new_tag: 'v3', steps: [{ deleted_classes: ['Hall'] }] }
    expect(await put(fine, { migrations: remove })).toMatchObject({ status: 200, result: { migration_tag: 'v3' } })
  })

  test('cannot come with a version that is only stored', async () => {
    const form = uploadForm(room, { migrations: { old_tag: 'v3', new_tag: 'v4', steps: [{ new_classes: ['Room'] }] } })
    const reply = await account().call('POST', `${account().base}/workers/scripts/objects/versions`, form)
    expect(reply).toMatchObject({ status: 400, errors: [{ code: 10_211 }] })
  })
})

describe('bindings of the version before', () => {
  const { account } = startAccount()
  const says = `export default { fetch: (_, env) => Response.json(env) }`
  const seen = async () => (await visit(account(), 'kept')).json()

  test('are kept by type, inherited by name, and lost otherwise', async () => {
    const secret = { type: 'secret_text', name: 'A', text: 'a' }
    await deploy(account(), 'kept', says, { bindings: [secret, { type: 'plain_text', name: 'B', text: 'b' }] })
    await deploy(account(), 'kept', says, {
      keep_bindings: ['secret_text'],
      bindings: [{ type: 'inherit', name: 'C', old_name: 'B' }],
    })
    expect(await seen()).toEqual({ A: 'a', C: 'b' })
    const strict = `${account().base}/workers/scripts/kept?bindings_inherit=strict`
    const form = uploadForm(says, { bindings: [{ type: 'inherit', name: 'GONE' }] })
    expect(await account().call('PUT', strict, form)).toMatchObject({ status: 400, errors: [{ code: 10_057 }] })
    await deploy(account(), 'kept', says)
    expect(await seen()).toEqual({})
  })
})
