import { setTimeout as pause } from 'node:timers/promises'
import { Checkout, addressWith } from './git.ts'
import { GithubProcess } from './github-process.ts'
import { Receiver, eventually } from './receiver.ts'

const github = new GithubProcess()
const receiver = new Receiver()
const zeros = '0'.repeat(40)

beforeAll(async () => {
  await receiver.listen()
  await github.start()
})
afterAll(async () => {
  await github.end('SIGKILL')
  await receiver.close()
  github.remove()
})

/** Kills the server at some moment of the work, and starts it again. The work may fail; what it left must not be broken. */
async function interrupt(work: Promise<unknown>, after: number): Promise<void> {
  await Promise.all([work.catch(() => null), pause(after).then(() => github.end('SIGKILL'))])
  await github.start()
}

async function repository(repo: string): Promise<void> {
  const { rest } = github.octokit
  await rest.repos.createForAuthenticatedUser({ name: repo, auto_init: true })
  await rest.repos.createWebhook({
    owner: 'owner',
    repo,
    events: ['push', 'pull_request'],
    config: { url: receiver.url, content_type: 'json' },
  })
}

async function headOf(repo: string): Promise<string> {
  const { data } = await github.octokit.rest.git.getRef({ owner: 'owner', repo, ref: 'heads/main' })
  return data.object.sha
}

/** The moves of main as the events tell them: each begins where the last one ended, so none is lost or doubled. */
function chain(repo: string): string[] {
  const pushes = github
    .events('push')
    .filter(({ ref, repository: { name } }) => ref === 'refs/heads/main' && name === repo)
  const shas = [zeros]
  for (const { before, after } of pushes) {
    expect(before).toBe(shas.at(-1))
    shas.push(after)
  }
  return shas
}

test('killed in the middle of pushes: the old state or the new one, and every push told once', async () => {
  await repository('pushed')
  const checkout = new Checkout()
  await checkout.must('clone', '--quiet', addressWith(github.url, github.token, 'owner/pushed'), '.')
  for (let turn = 0; turn < 5; turn += 1) {
    const before = await headOf('pushed')
    const after = await checkout.commit('file', `${turn}`, `Turn ${turn}`)
    await interrupt(checkout.git('push', '--quiet'), 40 + turn * 80)
    const head = await headOf('pushed')
    expect([before, after]).toContain(head)
    expect(await checkout.must('ls-remote', '--heads', 'origin', 'main')).toBe(`${head}\trefs/heads/main`)
    expect(chain('pushed').at(-1)).toBe(head)
  }
  await checkout.must('push', '--quiet')
  expect(chain('pushed').at(-1)).toBe(await checkout.must('rev-parse', 'HEAD'))
  expect(github.rows('select * from ref_intents')).toEqual([])
  const told = new Set(github.rows(`select guid from events where name = 'push'`).map(({ guid }) => guid))
  const arrived = await eventually(() => {
    const guids = new Set(receiver.arrivals.filter(({ event }) => event === 'push').map(({ guid }) => guid))
    return guids.size >= told.size - 1 ? guids : null
  })
  for (const guid of arrived) expect(told).toContain(guid)
  checkout.remove()
}, 120_000)

test('killed in the middle of merges: merged in git and in the API, or in neither', async () => {
  await repository('merged')
  const place = { owner: 'owner', repo: 'merged' }
  for (let turn = 0; turn < 5; turn += 1) {
    const { rest } = github.octokit
    const branch = `turn-${turn}`
    await rest.git.createRef({ ...place, ref: `refs/heads/${branch}`, sha: await headOf('merged') })
    await rest.repos.createOrUpdateFileContents({ ...place, path: branch, branch, message: branch, content: '' })
    const { data: pull } = await rest.pulls.create({ ...place, title: branch, head: branch, base: 'main' })
    const before = await headOf('merged')
    await interrupt(rest.pulls.merge({ ...place, pull_number: pull.number, merge_method: 'squash' }), 5 + turn * 14)
    const { data: after } = await github.octokit.rest.pulls.get({ ...place, pull_number: pull.number })
    const head = await headOf('merged')
    expect(after.merged).toBe(head !== before)
    expect(after.state).toBe(after.merged ? 'closed' : 'open')
    expect(after.merged ? after.merge_commit_sha : head).toBe(head)
    const closings = github
      .events('pull_request')
      .filter(({ action, number }) => action === 'closed' && number === pull.number)
    expect(closings).toHaveLength(after.merged ? 1 : 0)
    expect(chain('merged').at(-1)).toBe(head)
  }
}, 120_000)

test('killed while making repositories: whole ones or none', async () => {
  for (let turn = 0; turn < 4; turn += 1) {
    const name = `made-${turn}`
    await interrupt(github.octokit.rest.repos.createForAuthenticatedUser({ name, auto_init: true }), 4 + turn * 12)
    const found = await github.octokit.rest.repos.get({ owner: 'owner', repo: name }).catch(() => null)
    if (!found) continue
    const { data: commits } = await github.octokit.rest.repos.listCommits({ owner: 'owner', repo: name })
    expect(commits).toHaveLength(1)
    expect(chain(name)).toHaveLength(2)
  }
  const { data } = await github.octokit.rest.repos.createForAuthenticatedUser({ name: 'after', auto_init: true })
  expect(data.name).toBe('after')
}, 60_000)

test('a second server on the same state is refused, and a signal ends the first in order', async () => {
  const second = new GithubProcess()
  Object.assign(second, { folder: github.folder })
  await expect(second.start()).rejects.toThrow('GitHub did not start')
  expect(await github.end('SIGTERM')).toBe(0)
})
