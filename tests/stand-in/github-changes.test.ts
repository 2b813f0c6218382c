import { settings, startHub } from './hub.ts'
import type { Resources } from './hub.ts'
import { strangerToken } from './tokens.ts'

const hub = startHub()

type Wish = { name?: string; label?: string; secret?: string; content?: string; wait?: number; reviews?: number }

function resources({
  name = 'shop',
  label = 'bug',
  secret = 'one',
  content = 'a\n',
  wait = 5,
  reviews = 1,
}: Wish): Resources {
  const repository = '${github_repository.shop.name}'
  return {
    github_repository: { shop: { name, auto_init: true } },
    github_issue_label: { label: { repository, name: label, color: 'd93f0b' } },
    github_branch_protection: {
      releases: {
        repository_id: '${github_repository.shop.node_id}',
        pattern: 'release/*',
        required_pull_request_reviews: [{ required_approving_review_count: reviews }],
      },
    },
    github_repository_webhook: {
      plane: { repository, events: ['push'], configuration: [{ url: 'http://127.0.0.1:9/', secret }] },
    },
    github_actions_secret: { token: { repository, secret_name: 'TOKEN', plaintext_value: secret } },
    github_repository_environment: { production: { repository, environment: 'production', wait_timer: wait } },
    github_repository_file: { readme: { repository, file: 'docs/a.md', branch: 'main', content } },
  }
}

test('a change is made in place where the API can, and replaces where it cannot', async () => {
  const { octokit, github, folder: make } = hub()
  const place = { owner: github.owner, repo: 'shop' }
  const folder = make(resources({}))
  await folder.do('init')
  await folder.apply()
  const before = folder.attributes('github_repository_webhook.plane')['id']

  folder.write(settings(resources({ label: 'defect', secret: 'two', content: 'b\n', wait: 9, reviews: 2 })))
  const { output } = await folder.plan()
  expect(output).toContain('github_actions_secret.token must be replaced')
  expect(output).toContain('Plan: 1 to add, 5 to change, 1 to destroy')
  expect(output).not.toMatch(/"two"/)
  await folder.apply()
  expect((await folder.plan()).output).toContain('No changes')
  expect(folder.attributes('github_repository_webhook.plane')['id']).toBe(before)
  const names = (await octokit.rest.issues.listLabelsForRepo(place)).data.map((each) => each.name)
  expect(names).toContain('defect')
  expect(names).not.toContain('bug')
  const { data: file } = await octokit.rest.repos.getContent({ ...place, path: 'docs/a.md' })
  expect(Buffer.from(String(Object(file)['content']), 'base64').toString()).toBe('b\n')

  folder.write(
    settings(resources({ name: 'store', label: 'defect', secret: 'two', content: 'b\n', wait: 9, reviews: 2 })),
  )
  expect((await folder.plan()).output).toContain('github_repository.shop will be updated in-place')
  await folder.do('apply', '-auto-approve', '-target=github_repository.shop')
  expect(folder.attributes('github_repository.shop')['full_name']).toBe(`${github.owner}/store`)
  await folder.apply()
  await folder.do('destroy', '-auto-approve')
}, 60_000)

describe('what is done by hand', () => {
  test('is planned anew when a thing is gone, and a secret that was set is set again', async () => {
    const { octokit, github, folder: make } = hub()
    const place = { owner: github.owner, repo: 'shop' }
    const folder = make(resources({}))
    await folder.do('init')
    await folder.apply()
    const { data: key } = await octokit.rest.actions.getRepoPublicKey(place)
    // Times are told in seconds.
    await new Promise((done) => setTimeout(done, 1100))
    const encrypted_value = Buffer.alloc(60, 1).toString('base64')
    await octokit.rest.actions.createOrUpdateRepoSecret({
      ...place,
      secret_name: 'TOKEN',
      encrypted_value,
      key_id: key.key_id,
    })
    const { output } = await folder.plan()
    expect(output).toContain('github_actions_secret.token will be created')
    expect(output).toContain('Plan: 1 to add, 0 to change, 0 to destroy')

    await octokit.rest.repos.delete(place)
    expect((await folder.plan()).output).toContain('Plan: 7 to add, 0 to change, 0 to destroy')
    await folder.apply()
    await folder.do('destroy', '-auto-approve')
  }, 60_000)

  test('is adopted by an import', async () => {
    const { octokit, github, folder: make } = hub()
    const repo = 'old'
    await octokit.rest.repos.createForAuthenticatedUser({ name: repo, description: 'Was there', auto_init: true })
    await octokit.rest.repos.createForAuthenticatedUser({ name: 'other' })
    const place = { owner: github.owner, repo }
    const { data: before } = await octokit.rest.repos.get(place)
    const repository = '${github_repository.old.name}'
    const folder = make(
      {
        github_repository: {
          old: { name: repo, description: 'Is managed', has_issues: true, has_wiki: true, has_projects: true },
        },
        github_branch_default: { old: { repository, branch: 'main' } },
        github_issue_label: { bug: { repository, name: 'bug', color: 'd73a4a' } },
      },
      {
        import: [
          { to: 'github_repository.old', id: repo },
          { to: 'github_branch_default.old', id: repo },
          { to: 'github_issue_label.bug', id: `${repo}:bug` },
        ],
        data: { github_repository: { other: { full_name: `${github.owner}/other` } } },
        output: { wiki: { value: '${data.github_repository.other.has_wiki}' } },
      },
    )
    await folder.do('init')
    expect(await folder.apply()).toMatch(/Resources: 3 imported, 0 added, 2 changed, 0 destroyed/)
    expect((await folder.plan()).output).toContain('No changes')
    expect(await folder.do('output', '-raw', 'wiki')).toBe('true')
    const { data: after } = await octokit.rest.repos.get(place)
    expect(after).toMatchObject({ id: before.id, description: 'Is managed', has_wiki: true })
    await folder.do('destroy', '-auto-approve')
  }, 60_000)
})

test('a refusal is told in GitHub’s words and leaves no half of a repository', async () => {
  const { octokit, github, folder: make } = hub()
  const { owner } = github
  await octokit.rest.repos.createForAuthenticatedUser({ name: 'guarded' })
  const token = await strangerToken(github, 'mallory')
  const label = { repository: 'guarded', name: 'mine', color: '000000' }
  const stranger = make({ github_issue_label: { mine: label } }, { provider: { github: [{ owner }] } }, token)
  await stranger.do('init')
  const refused = await stranger.run('apply', '-auto-approve')
  expect(refused.code).toBe(1)
  expect(refused.output).toMatch(/POST \/repos\/owner\/guarded\/labels: 40[34]/)
  expect(stranger.held()).toEqual([])

  const bad = make({ github_repository: { shop: { name: 'half', topics: ['Not A Topic'] } } })
  await bad.do('init')
  const { code, output } = await bad.run('apply', '-auto-approve')
  expect(code).toBe(1)
  expect(output).toContain('Cannot create github_repository')
  await expect(octokit.rest.repos.get({ owner, repo: 'half' })).rejects.toMatchObject({ status: 404 })
  expect(bad.held()).toEqual([])
}, 60_000)
