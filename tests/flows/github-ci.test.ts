import { startGithub } from './github.ts'
import { startProjects } from './project.ts'

const github = startGithub()
const flows = startProjects(() => ({ GITHUB_API_URL: github() }))
const { account, call, deploy, local } = flows
const setup = async (body: object) => call('POST', '/setup-github-ci', { github_repo_url: address, ...body })
const address = 'https://github.com/acme/shop'
const pages = async (name: string) => account().call('GET', `${account().base}/pages/projects/${name}`)

test('a Pages project is linked to its repository, once', async () => {
  const build = { build_command: 'npm run build', output_dir: 'dist' }
  const done = await setup({ project_name: 'site', ...build })
  const status = 'CI/CD is enabled: push to main to deploy.'
  const told = { status, project: 'site', target: 'pages', repository: 'acme/shop', branch: 'main' }
  expect(done).toMatchObject({ status: 200, body: { ...told, url: 'https://site.pages.dev' } })
  const source = { type: 'github', config: { owner: 'acme', repo_name: 'shop', production_branch: 'main' } }
  expect(await pages('site')).toMatchObject({
    result: { source, build_config: { build_command: 'npm run build', destination_dir: 'dist' } },
  })
  const again = await setup({
    project_name: 'site',
    ...build,
    github_repo_url: 'git@github.com:Acme/Shop.git',
    branch: 'trunk',
  })
  expect(again).toMatchObject({ status: 200 })
  expect(await pages('site')).toMatchObject({ result: { production_branch: 'trunk' } })
  expect(await setup({ project_name: 'site', github_repo_url: 'https://github.com/acme/other' })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('acme/shop') },
  })
  await account().call('POST', `${account().base}/pages/projects`, { name: 'direct' })
  expect(await setup({ project_name: 'direct' })).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('uploaded to directly') },
  })
})

test('how a Pages project is built that no flow has linked is left as it is', async () => {
  await local('git', { owners: ['acme'] })
  const config = { owner: 'acme', repo_name: 'shop', production_branch: 'main' }
  const build_config = { build_command: 'npm test', destination_dir: 'dist' }
  const theirs = { name: 'theirs', production_branch: 'main', build_config, source: { type: 'github', config } }
  expect((await account().call('POST', `${account().base}/pages/projects`, theirs)).status).toBe(200)
  for (const build_command of ['npm test', 'env']) {
    const refused = await setup({ project_name: 'theirs', build_command, output_dir: 'dist' })
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining('no flow') } })
  }
  expect(await pages('theirs')).toMatchObject({ result: { build_config: { build_command: 'npm test' } } })
})

test.each([
  ['https://gitlab.com/acme/shop', 'gitlab.com'],
  ['nonsense', 'https://github.com/<owner>/<repository>'],
])('%s is refused', async (github_repo_url, why) => {
  const refused = await setup({ project_name: 'site', github_repo_url })
  expect(refused).toMatchObject({ status: 400, body: { detail: expect.stringContaining(why) } })
})

test('where the GitHub App is not installed, the answer says how, and nothing is left', async () => {
  await local('git', { owners: ['somebody'] })
  const install_url = 'https://github.com/apps/cloudflare-workers-and-pages/installations/new'
  const refusal = { status: 409, body: { install_url, detail: expect.stringContaining(install_url) } }
  expect(await setup({ project_name: 'unread' })).toMatchObject(refusal)
  expect((await pages('unread')).status).toBe(404)
  await deploy('built', 'export default { fetch: () => new Response() }')
  expect(await setup({ project_name: 'built', target: 'workers' })).toMatchObject(refusal)
  await local('git', { owners: [] })
})

test('Workers Builds builds the project’s Worker, and no other', async () => {
  await local('git', { owners: ['acme'] })
  await deploy('worker', 'export default { fetch: () => new Response() }')
  const done = await setup({ project_name: 'worker', target: 'workers', build_command: 'npm ci' })
  expect(done).toMatchObject({ status: 200, body: { target: 'workers', repository: 'acme/shop' } })
  const { result } = await account().call<{ id: string }>('GET', `${account().base}/workers/workers/worker`)
  const built = async () => account().call('GET', `${account().base}/builds/workers/${result.id}`)
  const repository = { provider_account_id: '11', provider_account_name: 'Acme', repo_id: '22', branch: 'main' }
  expect(await built()).toMatchObject({
    result: { git_repository: repository, production_settings: { build_command: 'npm ci' } },
  })
  expect(await setup({ project_name: 'worker', target: 'workers', branch: 'trunk' })).toMatchObject({ status: 200 })
  expect(await built()).toMatchObject({ result: { git_repository: { branch: 'trunk' } } })
  const other = { project_name: 'worker', target: 'workers', github_repo_url: 'https://github.com/acme/other' }
  expect(await setup(other)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('Acme/Shop') } })
  expect(await setup({ project_name: 'nothing', target: 'workers' })).toMatchObject({ status: 404 })
  await deploy('second', 'export default { fetch: () => new Response() }')
  expect(await setup({ ...other, project_name: 'second' })).toMatchObject({ status: 404 })
  expect(await setup({ project_name: 'worker', target: 'workers', output_dir: 'dist' })).toMatchObject({ status: 400 })
  await local('git', { owners: [] })
}, 60_000)

test('only the owner has Workers Builds run a repository’s commands with a token of the account', async () => {
  await deploy('guarded', 'export default { fetch: () => new Response() }')
  await local('git', { owners: ['acme'] })
  const json = { project_name: 'guarded', github_repo_url: address, target: 'workers', build_command: 'env' }
  for (const scopes of [['flows'], ['admin']]) {
    const client = await flows.token(...scopes)
    const refused = await flows.flow('/flows/setup-github-ci', { method: 'POST', json, token: client })
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining('owner') } })
  }
  const { result } = await account().call<{ id: string }>('GET', `${account().base}/workers/workers/guarded`)
  expect((await account().call('GET', `${account().base}/builds/workers/${result.id}`)).status).toBe(404)
  await local('git', { owners: [] })
}, 60_000)
