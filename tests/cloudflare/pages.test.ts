import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Project, sdk, sdk7 } from './clients.ts'

describe('Pages with its real clients', () => {
  const { account } = startAccount()
  const see = async (path: string) => (await fetch(`${account().url}/pages/${path}`)).text()

  test('wrangler makes, deploys, lists and deletes', async () => {
    const project = new Project(account(), {
      'dist/index.html': '<h1>Made by wrangler</h1>',
      'dist/deep/page.html': 'Deep',
      'dist/_redirects': '/away /deep/page 302',
      'functions/api/[name].js':
        'export const onRequest = ({ params, env }) => new Response(`hello ${params.name} ${env.KEY ?? "nobody"}`)',
    })
    try {
      await project.run('pages', 'project', 'create', 'shop', '--production-branch', 'main')
      expect(await project.run('pages', 'project', 'list')).toContain('shop')
      const deploy = ['pages', 'deploy', 'dist', '--project-name', 'shop', '--commit-dirty', 'true']
      const said = await project.run(...deploy, '--branch', 'main')
      expect(said).toContain('Deployment complete')
      expect(await see('shop/')).toContain('Made by wrangler')
      expect(await see('shop/deep/page')).toBe('Deep')
      expect(await see('shop/api/you')).toBe('hello you nobody')

      project.write('secrets.json', { KEY: 'key' })
      await project.run('pages', 'secret', 'bulk', 'secrets.json', '--project-name', 'shop')
      expect(await project.run('pages', 'secret', 'list', '--project-name', 'shop')).toContain('KEY')
      await project.run(...deploy, '--branch', 'main')
      expect(await see('shop/api/you')).toBe('hello you key')
      await project.run(...deploy, '--branch', 'side')
      expect(await see('side.shop/api/you')).toBe('hello you nobody')

      const listed = await project.run('pages', 'deployment', 'list', '--project-name', 'shop')
      expect(listed).toContain('Production')
      expect(listed).toContain('Preview')
      await project.run('pages', 'secret', 'delete', 'KEY', '--project-name', 'shop')
      expect(await project.run('pages', 'secret', 'list', '--project-name', 'shop')).not.toContain('KEY')
      await project.run('pages', 'project', 'delete', 'shop', '--yes')
      expect(await project.run('pages', 'project', 'list')).not.toContain('shop')
      const gone = await project.wrangler('pages', 'deployment', 'list', '--project-name', 'shop')
      expect([gone.code, gone.output.includes('8000007')]).toEqual([1, true])
    } finally {
      project.remove()
    }
  })

  test('wrangler takes bindings from its configuration', async () => {
    const { result } = await account().call<{ id: string }>('POST', `${account().base}/storage/kv/namespaces`, {
      title: 'for pages',
    })
    const project = new Project(account(), {
      'wrangler.json': {
        name: 'bound',
        pages_build_output_dir: 'out',
        compatibility_date: '2026-07-01',
        vars: { WHO: 'vars' },
        kv_namespaces: [{ binding: 'SPACE', id: result.id }],
      },
      'out/index.html': 'static',
      'out/_worker.js': `export default { async fetch(request, env) {
        if (!request.url.endsWith('/count')) return env.ASSETS.fetch(request)
        const count = Number(await env.SPACE.get('count')) + 1
        await env.SPACE.put('count', String(count))
        return new Response(env.WHO + ' ' + count)
      } }`,
    })
    try {
      await project.run('pages', 'project', 'create', 'bound', '--production-branch', 'main')
      await project.run('pages', 'deploy', '--branch', 'main', '--commit-dirty', 'true')
      expect(await see('bound/count')).toBe('vars 1')
      expect(await see('bound/count')).toBe('vars 2')
      expect(await see('bound/')).toBe('static')
    } finally {
      project.remove()
    }
  })

  /** The two versions name the project in different places. */
  const removals = {
    '6': (project: string, domain: string) =>
      sdk(account()).pages.projects.domains.delete(project, domain, { account_id: account().accountId }),
    '7': (project_name: string, domain: string) =>
      sdk7(account()).pages.projects.domains.delete(domain, { account_id: account().accountId, project_name }),
  }

  test.each([
    ['6', () => sdk(account())],
    ['7', () => sdk7(account())],
  ] as const)('the SDK %s reads projects, deployments and domains', async (version, client) => {
    const { accountId: account_id } = account()
    const { pages } = client()
    const name = `sdk-${version}`
    const made = await pages.projects.create({ account_id, name, production_branch: 'main' })
    expect(made.name).toBe(name)
    await pages.projects.edit(name, { account_id, deployment_configs: { production: { env_vars: {} } } })
    const names: string[] = []
    for await (const project of pages.projects.list({ account_id })) names.push(project.name)
    expect(names).toContain(name)
    await pages.projects.domains.create(name, { account_id, name: `v${version}.example.net` })
    const deployments = []
    for await (const deployment of pages.projects.deployments.list(name, { account_id })) deployments.push(deployment)
    expect(deployments).toEqual([])
    await removals[version](name, `v${version}.example.net`)
    await pages.projects.delete(name, { account_id })
    await expect(pages.projects.get(name, { account_id })).rejects.toMatchObject({ status: 404 })
  })
})
