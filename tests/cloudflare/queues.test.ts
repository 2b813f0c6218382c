import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Project, sdk, sdk7 } from './clients.ts'

describe('queues, by their clients', () => {
  const { account } = startAccount()

  test('wrangler makes a queue, deploys its producer and consumer, pauses, purges and deletes', async () => {
    const project = new Project(account(), {
      'wrangler.json': {
        name: 'worker',
        main: 'index.js',
        compatibility_date: '2026-07-01',
        kv_namespaces: [{ binding: 'SEEN', id: '' }],
        queues: {
          producers: [{ binding: 'JOBS', queue: 'jobs' }],
          consumers: [{ queue: 'jobs', max_batch_size: 2, max_batch_timeout: 0, dead_letter_queue: 'jobs-dead' }],
        },
      },
      'index.js': `export default {
        async fetch(request, env) {
          await env.JOBS.send({ path: new URL(request.url).pathname })
          return new Response('sent')
        },
        async queue(batch, env) {
          for (const message of batch.messages) await env.SEEN.put(message.body.path, batch.queue)
        },
      }`,
    })
    const { result: kv } = await account().call<{ id: string }>('POST', `${account().base}/storage/kv/namespaces`, {
      title: 'seen',
    })
    const config = JSON.parse(project.read('wrangler.json'))
    config.kv_namespaces[0].id = kv.id
    project.write('wrangler.json', config)
    await project.run('queues', 'create', 'jobs')
    await project.run('queues', 'create', 'jobs-dead')
    await project.run('deploy')
    expect(await project.run('queues', 'list')).toContain('jobs-dead')
    expect(await project.run('queues', 'info', 'jobs')).toContain('worker:worker')
    const called = await fetch(`${account().url}/workers/worker/here`)
    expect(await called.text()).toBe('sent')
    const seen = async (): Promise<string[]> => {
      const path = `${account().base}/storage/kv/namespaces/${kv.id}/keys`
      const names = (await account().call<{ name: string }[]>('GET', path)).result.map(({ name }) => name)
      return names.length > 0 ? names : seen()
    }
    expect(await seen()).toEqual(['/here'])
    await project.run('queues', 'update', 'jobs', '--delivery-delay-secs', '3')
    await project.run('queues', 'pause-delivery', 'jobs')
    await project.run('queues', 'resume-delivery', 'jobs')
    await project.run('queues', 'purge', 'jobs', '--force')
    await project.run('queues', 'consumer', 'remove', 'jobs', 'worker')
    await project.run('queues', 'consumer', 'http', 'add', 'jobs')
    await project.run('queues', 'consumer', 'http', 'remove', 'jobs')
    await project.run('queues', 'delete', 'jobs-dead')
    const refused = await project.wrangler('queues', 'create', 'jobs')
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('[code: 11009]') })
    project.remove()
  }, 120_000)

  test('both SDKs send, pull and acknowledge', async () => {
    const { accountId: account_id } = account()
    const { queues } = sdk(account())
    const { queue_id: id = '' } = await queues.create({ account_id, queue_name: 'sdk' })
    await queues.consumers.create(id, { account_id, type: 'http_pull' })
    await queues.messages.push(id, { account_id, body: 'hello', content_type: 'text' })
    const newer = sdk7(account()).queues
    const pulled = await newer.messages.pull(id, { account_id, batch_size: 5 })
    expect(pulled.messages).toMatchObject([{ body: 'hello', attempts: 1 }])
    const acks = (pulled.messages ?? []).flatMap(({ lease_id }) => (lease_id ? [{ lease_id }] : []))
    expect(await newer.messages.ack(id, { account_id, acks })).toMatchObject({ ackCount: 1 })
    await queues.delete(id, { account_id })
    await expect(newer.get(id, { account_id })).rejects.toMatchObject({ status: 404 })
  })
})
