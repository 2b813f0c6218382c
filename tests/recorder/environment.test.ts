import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordReader } from './logged.ts'
import { Network } from './network.ts'
import { startWorld } from './world.ts'
import type { Place } from './world.ts'

const world = startWorld()
const read = recordReader(world)

/** Writes the environment that terraform was started with. */
const telling = `
resource "terraform_data" "telling" {
  provisioner "local-exec" { command = "env > told" }
}`

function told({ folder }: Place): Record<string, string> {
  const lines = readFileSync(join(folder, 'told'), 'utf8').split('\n')
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

test('terraform gets the state, a token for the run alone, a trace, and not our token', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const place = await world.place(telling, 'told', { TRACEPARENT: `00-${trace}-b7ad6b7169203331-01` })
  expect(await place.record(['apply', '-auto-approve'])).toMatchObject({ code: 0 })
  const env = told(place)
  const address = env['TF_HTTP_ADDRESS'] ?? ''
  const { username, password, origin, pathname } = new URL(address)
  expect([username, origin, pathname]).toEqual(['throughline', world.url(), '/state/told'])
  expect(env).toMatchObject({
    TF_HTTP_LOCK_ADDRESS: address,
    TF_HTTP_UNLOCK_ADDRESS: address,
    TRACEPARENT: expect.stringMatching(new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`)),
  })
  expect(Object.values(env).filter((value) => value.includes(world.root))).toEqual([])
  expect(
    Object.keys(env).filter((name) => /^(?:THROUGHLINE_TOKEN|TF_HTTP_(?:USER|PASS)|NODE_|TF_IN_AUTOMATION)/.test(name)),
  ).toEqual([])
  // The token ends with the run.
  const answer = await world.worker.fetch('/state/told', { token: password })
  expect(answer.status).toBe(401)
  expect(await world.deployments('told')).toHaveLength(1)
})

test('what a foreign server holds is recorded without its state, and it is sent nothing of ours', async () => {
  const foreign = new Network(world.url())
  const address = `${await foreign.listen()}/state/elsewhere`
  const bare = { TF_HTTP_ADDRESS: address, TF_HTTP_LOCK_ADDRESS: address, TF_HTTP_UNLOCK_ADDRESS: address }
  const own = { TF_HTTP_USERNAME: 'someone', TF_HTTP_PASSWORD: world.root }
  const place = await world.place(telling, 'ours', { ...bare, ...own })
  expect(await place.record(['apply', '-auto-approve'])).toMatchObject({ code: 0 })
  expect(told(place)).toMatchObject({ TF_HTTP_ADDRESS: address, ...own })
  const answer = await world.worker.fetch('/api/deployments')
  const { deployments } = (await answer.json()) as { deployments: { state: string | null }[] }
  // An earlier test's state may still be telling its run, and the foreign server is ours in disguise: both have a state.
  expect(deployments.filter(({ state }) => state === null)).toMatchObject([{ source: 'recorded', status: 'success' }])
  await foreign.stop()
})

test('one foreign address is enough to keep our token from all', async () => {
  const place = await world.place(telling, 'ours', { TF_HTTP_LOCK_ADDRESS: 'http://127.0.0.1:9/lock' })
  const { err } = await place.record(['apply', '-auto-approve', '-lock=false'])
  expect(err).toContain('address argument is required')
})

test('a call that is not recorded reaches the state all the same, and leaves no run', async () => {
  const place = await world.place(telling, 'passing')
  await place.record(['apply', '-auto-approve'])
  const listed = await place.record(['state', 'list'])
  expect(listed).toEqual({ code: 0, signal: null, out: 'terraform_data.telling\n', err: '' })
  expect(await place.record(['apply', '-help'])).toMatchObject({ code: 0, err: '' })
  expect(await world.deployments('passing')).toHaveLength(1)
})

test('without a server, terraform runs as it is, and one sentence says so', async () => {
  const place = await world.place(telling, 'none', { THROUGHLINE_URL: '', WORKER_URL: '', ...world.bare('none') })
  const { code, err } = await place.record(['apply', '-auto-approve'])
  expect({ code, err }).toEqual({ code: 0, err: 'Throughline records nothing: THROUGHLINE_URL is not set.\n' })
  expect(await place.record(['plan'], { THROUGHLINE_QUIET: '1' })).toMatchObject({ code: 0, err: '' })
})

test.each([
  ['THROUGHLINE_URL', 'localhost:8787'],
  ['THROUGHLINE_URL', 'http://user:word@127.0.0.1:8787'],
  ['THROUGHLINE_TOKEN', 'short'],
  ['THROUGHLINE_TOKEN', `${'x'.repeat(40)}\n`],
  ['THROUGHLINE_STATE', '../state'],
  ['THROUGHLINE_TASK', 'soon'],
  ['THROUGHLINE_ENVIRONMENT', 'two\nlines'],
])('a wrong %s is one sentence that names it, before terraform starts', async (name, value) => {
  const place = await world.place(telling, 'wrong', { [name]: value })
  const { code, out, err } = await place.record(['apply', '-auto-approve'])
  expect({ code, out, err }).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(new RegExp(`^${name} [^\n]*\\.\n$`)),
  })
})

test('a run tells its task, environment, folder and commit', async () => {
  const place = await world.place(telling, 'told', {
    THROUGHLINE_TASK: 'octo/site#12',
    THROUGHLINE_ENVIRONMENT: 'staging',
  })
  const git = 'git -c user.name=a -c user.email=a@b.example'
  const { out } = await place.start([
    'sh',
    '-c',
    `git init -q -b trunk . && git remote add origin https://x:secret@git.example/octo/site.git && printf '.home\\n.terraform\\n' > .gitignore &&
      git add . && ${git} commit -qm one && git rev-parse HEAD`,
  ]).ended
  expect(await place.record(['apply', '-auto-approve', '-var', 'x=1'])).toMatchObject({ code: 1 })
  const { id } = await read(place)
  const shown = await (await world.worker.fetch(`/api/deployments/${id}`)).json()
  expect(shown).toMatchObject({
    operation: 'apply',
    status: 'failed',
    reason: 'Value for undeclared variable',
    command: 'terraform apply -auto-approve -var x=1',
    working_directory: place.folder,
    task: 'octo/site#12',
    environment: 'staging',
    repository: 'octo/site',
    branch: 'trunk',
    commit_sha: out.trim(),
    dirty: false,
    tool: 'terraform',
    exit_code: 1,
  })
})
