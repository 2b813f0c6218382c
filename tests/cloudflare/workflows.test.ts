import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Project, sdk, sdk7 } from './clients.ts'

describe('Workflows, by their clients', () => {
  const { account } = startAccount()

  test('wrangler deploys one, triggers it and looks at its instances', async () => {
    const project = new Project(account(), {
      'wrangler.json': {
        name: 'flows',
        main: 'index.js',
        compatibility_date: '2026-07-01',
        workflows: [{ binding: 'FLOW', name: 'flow', class_name: 'Flow' }],
      },
      'index.js': `import { WorkflowEntrypoint } from 'cloudflare:workers'
        export class Flow extends WorkflowEntrypoint {
          async run({ payload }, step) {
            if (payload.wait) await step.waitForEvent('word', { type: 'word' })
            return step.do('double', async () => payload.n * 2)
          }
        }
        export default { fetch: () => new Response('flows') }`,
    })
    await project.run('deploy')
    expect(await project.run('workflows', 'list')).toContain('flow')
    expect(await project.run('workflows', 'describe', 'flow')).toContain('Flow')
    await project.run('workflows', 'trigger', 'flow', '{"n":21}', '--id', 'first')
    expect(await project.run('workflows', 'instances', 'list', 'flow')).toContain('first')
    expect(await project.run('workflows', 'instances', 'describe', 'flow', 'first')).toContain('42')
    await project.run('workflows', 'trigger', 'flow', '{"n":1,"wait":true}', '--id', 'second')
    await project.run('workflows', 'instances', 'pause', 'flow', 'second')
    await project.run('workflows', 'instances', 'resume', 'flow', 'second')
    await project.run('workflows', 'instances', 'terminate', 'flow', 'second')
    await project.run('workflows', 'delete', 'flow')
    expect((await project.wrangler('workflows', 'describe', 'flow')).output).toContain('[code: 10200]')
    project.remove()
  }, 60_000)

  test('both SDKs read Workflows and their instances', async () => {
    const { accountId: account_id } = account()
    const names: string[] = []
    for await (const { name } of sdk(account()).workflows.list({ account_id })) names.push(name)
    expect(names).toEqual([])
    const newer = sdk7(account()).workflows
    await expect(newer.get('none', { account_id })).rejects.toMatchObject({ status: 404 })
  })
})
