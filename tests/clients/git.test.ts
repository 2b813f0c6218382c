import { randomBytes } from 'node:crypto'
import { startHub } from '../../localcloud/github/testing/hub.ts'
import { Checkout, addressWith } from './git.ts'
import { Receiver } from './receiver.ts'

const { hub, restart } = startHub()
const receiver = new Receiver()
const checkouts: Checkout[] = []

beforeAll(() => receiver.listen())
afterAll(() => receiver.close())
afterEach(() => {
  for (const each of checkouts.splice(0)) each.remove()
  receiver.arrivals.length = 0
})

/** A repository with one commit, a hook that hears everything, and a clone of it. */
async function clone(repo: string, more: object = {}): Promise<Checkout> {
  const { octokit, url, token } = hub()
  await octokit.rest.repos.createForAuthenticatedUser({ name: repo, auto_init: true, ...more })
  const config = { url: receiver.url, content_type: 'json' }
  await octokit.rest.repos.createWebhook({ owner: 'owner', repo, config, events: ['*'] })
  await receiver.wait('ping', 1)
  return check(addressWith(url, token, `owner/${repo}`))
}

async function check(address: string): Promise<Checkout> {
  const checkout = new Checkout()
  checkouts.push(checkout)
  await checkout.must('clone', '--quiet', address, '.')
  return checkout
}

test('a clone holds what the API committed, and a push what the API then shows', async () => {
  const checkout = await clone('plain')
  expect(await checkout.must('log', '--format=%s')).toBe('Initial commit')
  const sha = await checkout.commit('page.txt', 'hello\n', 'Greet')
  expect(await checkout.must('push')).toContain('main -> main')
  const { octokit } = hub()
  const { data: branch } = await octokit.rest.repos.getBranch({ owner: 'owner', repo: 'plain', branch: 'main' })
  expect(branch.commit).toMatchObject({
    sha,
    commit: { message: 'Greet', author: { name: 'A Writer', email: 'writer@example.com' } },
  })
  const { data: file } = await octokit.rest.repos.getContent({ owner: 'owner', repo: 'plain', path: 'page.txt' })
  expect(file).toMatchObject({ type: 'file', size: 6, content: Buffer.from('hello\n').toString('base64') + '\n' })
})

test('a push raises one push with its commits, oldest first', async () => {
  const checkout = await clone('pushed')
  const before = await checkout.must('rev-parse', 'HEAD')
  const first = await checkout.commit('a.txt', '1', 'One')
  await checkout.commit('b.txt', '2', 'Two')
  const last = await checkout.commit('a.txt', '3', 'Three\n\nbecause')
  await checkout.must('push', '--quiet')
  const [push, ...others] = await receiver.wait('push', 1)
  expect(others).toEqual([])
  expect(push?.body).toMatchObject({
    ref: 'refs/heads/main',
    before,
    after: last,
    created: false,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${hub().url}/owner/pushed/compare/${before.slice(0, 12)}...${last.slice(0, 12)}`,
    pusher: { name: 'owner' },
    commits: [
      { id: first, message: 'One', distinct: true, added: ['a.txt'], removed: [], modified: [] },
      { message: 'Two', added: ['b.txt'] },
      { id: last, message: 'Three\n\nbecause', added: [], modified: ['a.txt'], author: { name: 'A Writer' } },
    ],
    head_commit: { id: last },
  })
  expect(push?.body.repository.pushed_at).toEqual(expect.any(Number))
})

test('branches and tags come, move by force, and go, each with its events', async () => {
  const checkout = await clone('moved')
  await checkout.must('checkout', '--quiet', '-b', 'side/way')
  const old = await checkout.commit('side.txt', '1', 'Aside')
  await checkout.must('push', '--quiet', '--set-upstream', 'origin', 'side/way')
  const [created] = await receiver.wait('create', 1)
  expect(created?.body).toMatchObject({
    ref: 'side/way',
    ref_type: 'branch',
    master_branch: 'main',
    pusher_type: 'user',
  })
  await checkout.must('commit', '--quiet', '--amend', '--message', 'Aside, again')
  const refused = await checkout.git('push')
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('(non-fast-forward)') })
  await checkout.must('push', '--quiet', '--force')
  const forced = (await receiver.wait('push', 2))[1]
  expect(forced?.body).toMatchObject({ forced: true, before: old, commits: [{ message: 'Aside, again' }] })
  await checkout.must('tag', 'v1')
  await checkout.must('tag', '--annotate', '--message', 'The second', 'v2')
  await checkout.must('push', '--quiet', '--tags')
  const tags = (await receiver.wait('create', 3)).slice(1).map(({ body }) => `${body.ref_type} ${body.ref}`)
  expect(tags.toSorted()).toEqual(['tag v1', 'tag v2'])
  await checkout.must('push', '--quiet', 'origin', '--delete', 'side/way')
  const [deleted] = await receiver.wait('delete', 1)
  expect(deleted?.body).toMatchObject({ ref: 'side/way', ref_type: 'branch' })
  const gone = (await receiver.wait('push', 5)).find(({ body }) => body.deleted)
  expect(gone?.body).toMatchObject({ after: '0'.repeat(40), head_commit: null, commits: [], forced: false })
})

test('more than three tags at once are silent', async () => {
  const checkout = await clone('tagged')
  for (const tag of ['a', 'b', 'c', 'd']) await checkout.must('tag', tag)
  await checkout.must('push', '--quiet', '--tags')
  await checkout.commit('x', 'x', 'After')
  await checkout.must('push', '--quiet')
  await receiver.wait('push', 1)
  expect(receiver.arrivals.map(({ event }) => event)).toEqual(['ping', 'push'])
  expect((await hub().octokit.rest.repos.listTags({ owner: 'owner', repo: 'tagged' })).data).toHaveLength(4)
})

test('an empty repository is filled by its first push', async () => {
  const { octokit, url, token } = hub()
  await octokit.rest.repos.createForAuthenticatedUser({ name: 'empty' })
  const checkout = await check(addressWith(url, token, 'owner/empty'))
  await expect(octokit.rest.repos.listCommits({ owner: 'owner', repo: 'empty' })).rejects.toMatchObject({ status: 409 })
  await checkout.must('checkout', '--quiet', '-b', 'main')
  await checkout.commit('one', '1', 'First')
  await checkout.must('push', '--quiet', 'origin', 'main')
  expect((await octokit.rest.repos.listCommits({ owner: 'owner', repo: 'empty' })).data).toHaveLength(1)
})

test('a large push streams through', async () => {
  const checkout = await clone('large')
  await checkout.commit('blob', randomBytes(20_000_000), 'Much')
  await checkout.must('push', '--quiet')
  const again = await check(addressWith(hub().url, hub().token, 'owner/large'))
  expect(await again.must('rev-parse', 'HEAD')).toBe(await checkout.must('rev-parse', 'HEAD'))
})

test('only who may reads and writes', async () => {
  const { octokit, url, token } = hub()
  await octokit.rest.repos.createForAuthenticatedUser({ name: 'open', auto_init: true })
  await octokit.rest.repos.createForAuthenticatedUser({ name: 'closed', auto_init: true, private: true })
  const anyone = await check(`${url}/owner/open.git`)
  await anyone.commit('x', 'x', 'X')
  expect((await anyone.git('push')).output).toContain('could not read Username')
  const checkout = new Checkout()
  checkouts.push(checkout)
  const failed = async (address: string) => (await checkout.git('clone', address, 'into')).output
  expect(await failed(`${url}/owner/closed.git`)).toContain('could not read Username')
  expect(await failed(addressWith(url, 'ghp_wrong', 'owner/closed'))).toContain('remote: Invalid username or token.')
  expect(await failed(addressWith(url, token, 'owner/missing'))).toMatch(
    /remote: Repository not found\.\nfatal: repository '.*' not found/,
  )
  await post('users', { login: 'guest' })
  const { token: guest } = await post('tokens', { login: 'guest' })
  expect(await failed(addressWith(url, guest, 'owner/closed'))).toContain('remote: Repository not found.')
  const visitor = await check(addressWith(url, guest, 'owner/open'))
  await visitor.commit('y', 'y', 'Y')
  expect((await visitor.git('push')).output).toMatch(
    /remote: Permission to owner\/open\.git denied to guest\.[^]*error: 403/,
  )
  await octokit.rest.repos.update({ owner: 'owner', repo: 'open', archived: true })
  const archived = await check(addressWith(url, token, 'owner/open'))
  await archived.commit('z', 'z', 'Z')
  expect((await archived.git('push')).output).toContain('This repository was archived so it is read-only.')
})

test('a protected branch refuses in GitHub’s words, and lets others through', async () => {
  const checkout = await clone('guarded')
  const { octokit } = hub()
  const protection = {
    owner: 'owner',
    repo: 'guarded',
    branch: 'main',
    required_status_checks: null,
    enforce_admins: true,
    required_pull_request_reviews: { required_approving_review_count: 0 },
    restrictions: null,
  }
  await octokit.rest.repos.updateBranchProtection(protection)
  const before = await checkout.must('rev-parse', 'HEAD')
  await checkout.commit('x', 'x', 'Past the rule')
  await checkout.must('branch', 'free')
  const both = await checkout.git('push', 'origin', 'main', 'free')
  expect(both.code).toBe(1)
  const lines = both.output.split('\n').map((line) => line.trimEnd())
  expect(lines).toEqual(
    expect.arrayContaining([
      'remote: error: GH006: Protected branch update failed for refs/heads/main.',
      'remote: - Changes must be made through a pull request.',
      ' * [new branch]      free -> free',
      ' ! [remote rejected] main -> main (protected branch hook declined)',
    ]),
  )
  expect((await octokit.rest.git.getRef({ owner: 'owner', repo: 'guarded', ref: 'heads/main' })).data.object.sha).toBe(
    before,
  )
  const pushes = await receiver.wait('push', 1)
  expect(pushes.map(({ body }) => body.ref)).toEqual(['refs/heads/free'])
  await octokit.rest.repos.updateBranchProtection({ ...protection, enforce_admins: false })
  const bypassed = await checkout.git('push', 'origin', 'main')
  expect(bypassed).toMatchObject({
    code: 0,
    output: expect.stringContaining('remote: Bypassed rule violations for refs/heads/main:'),
  })
  await checkout.must('commit', '--quiet', '--amend', '--message', 'Rewritten')
  expect((await checkout.git('push', '--force', 'origin', 'main')).output).toContain(
    'remote: - Cannot force-push to this branch',
  )
  expect((await checkout.git('push', 'origin', '--delete', 'main')).output).toContain('! [remote rejected] main (')
})

test('who pushes to a renamed repository is led to it', async () => {
  const checkout = await clone('before')
  const { octokit } = hub()
  await octokit.rest.repos.update({ owner: 'owner', repo: 'before', name: 'after' })
  await checkout.commit('x', 'x', 'Still here')
  expect((await checkout.git('push')).code).toBe(0)
  const { data } = await octokit.rest.repos.get({ owner: 'owner', repo: 'before' })
  expect(data.full_name).toBe('owner/after')
  expect((await octokit.rest.repos.listCommits({ owner: 'owner', repo: 'after' })).data).toHaveLength(2)
})

test('everything is still there after a restart', async () => {
  const checkout = await clone('kept')
  await checkout.commit('x', 'x', 'Kept')
  await checkout.must('push', '--quiet')
  const { url } = hub()
  await restart()
  await checkout.must('remote', 'set-url', 'origin', addressWith(hub().url, hub().token, 'owner/kept'))
  expect(hub().url).not.toBe(url)
  await checkout.must('fetch', '--quiet')
  expect((await hub().octokit.rest.repos.listCommits({ owner: 'owner', repo: 'kept' })).data).toHaveLength(2)
})

async function post(path: string, body: object): Promise<{ token: string }> {
  const { url, token } = hub()
  const response = await fetch(`${url}/_local/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  return (await response.json()) as { token: string }
}
