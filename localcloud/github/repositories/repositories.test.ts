import { callLocal, eventsIn, newUser } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const owner = 'owner'

test('a repository is made as asked, and only once', async () => {
  const { rest } = hub().octokit
  const { data: made } = await rest.repos.createForAuthenticatedUser({
    name: 'my repo!',
    description: 'd',
    has_wiki: false,
    auto_init: true,
  })
  expect(made).toMatchObject({
    name: 'my-repo-',
    full_name: 'owner/my-repo-',
    private: false,
    has_wiki: false,
    default_branch: 'main',
    permissions: { admin: true },
  })
  expect(made.clone_url).toBe(`${hub().url}/owner/my-repo-.git`)
  await expect(rest.repos.createForAuthenticatedUser({ name: 'MY-REPO-' })).rejects.toMatchObject({
    status: 422,
    response: {
      data: {
        message: 'Repository creation failed.',
        errors: [
          { resource: 'Repository', code: 'custom', field: 'name', message: 'name already exists on this account' },
        ],
      },
    },
  })
  const { data: readme } = await rest.repos.getReadme({ owner, repo: made.name })
  expect(Buffer.from(readme.content, 'base64').toString()).toBe('# my repo!\nd\n')
  const { data: labels } = await rest.issues.listLabelsForRepo({ owner, repo: made.name })
  expect(labels.map(({ name }) => name)).toContain('good first issue')
})

test('a repository is changed, archived, revived and deleted', async () => {
  const { rest } = hub().octokit
  await rest.repos.createForAuthenticatedUser({ name: 'life', auto_init: true })
  const place = { owner, repo: 'life' }
  const { data: changed } = await rest.repos.update({
    ...place,
    description: 'new',
    homepage: 'http://x.test',
    private: true,
    allow_squash_merge: false,
    delete_branch_on_merge: true,
  })
  expect(changed).toMatchObject({
    description: 'new',
    private: true,
    visibility: 'private',
    allow_squash_merge: false,
    allow_merge_commit: true,
  })
  await expect(rest.repos.update({ ...place, default_branch: 'none' })).rejects.toMatchObject({ status: 422 })
  await rest.repos.update({ ...place, archived: true })
  await expect(rest.issues.create({ ...place, title: 'x' })).rejects.toMatchObject({
    status: 403,
    response: { data: { message: 'Repository was archived so is read-only.' } },
  })
  await rest.repos.update({ ...place, archived: false })
  const { data: issue } = await rest.issues.create({ ...place, title: 'x' })
  expect(issue.number).toBe(1)
  await rest.repos.delete(place)
  await expect(rest.repos.get(place)).rejects.toMatchObject({ status: 404 })
  const { data: anew } = await rest.repos.createForAuthenticatedUser({ name: 'life' })
  expect(anew.id).toBeGreaterThan(changed.id)
})

test('a renamed repository is still found, until its old name is taken', async () => {
  const { rest } = hub().octokit
  await rest.repos.createForAuthenticatedUser({ name: 'old', auto_init: true })
  await rest.repos.update({ owner, repo: 'old', name: 'new' })
  const bare = await fetch(`${hub().url}/api/v3/repos/owner/old/labels?per_page=2`, { redirect: 'manual' })
  expect(bare.status).toBe(301)
  expect(bare.headers.get('location')).toMatch(/\/api\/v3\/repositories\/\d+\/labels\?per_page=2$/)
  expect((await rest.repos.get({ owner, repo: 'old' })).data.name).toBe('new')
  const { data: issue } = await rest.issues.create({ owner, repo: 'old', title: 'By its old name' })
  expect(issue.repository_url).toBe(`${hub().url}/api/v3/repos/owner/new`)
  await rest.repos.createForAuthenticatedUser({ name: 'old' })
  expect((await rest.repos.get({ owner, repo: 'old' })).data.name).toBe('old')
})

test('topics are whole lists of small words', async () => {
  const { rest } = hub().octokit
  await rest.repos.createForAuthenticatedUser({ name: 'topical' })
  const place = { owner, repo: 'topical' }
  expect((await rest.repos.replaceAllTopics({ ...place, names: ['One', 'two', 'one'] })).data.names).toEqual([
    'one',
    'two',
  ])
  await expect(rest.repos.replaceAllTopics({ ...place, names: ['not a topic'] })).rejects.toMatchObject({ status: 422 })
  expect((await rest.repos.getAllTopics(place)).data.names).toEqual(['one', 'two'])
})

test('collaborators may do what they were given', async () => {
  const { rest } = hub().octokit
  const token = await newUser(hub(), 'helper')
  const helper = hub().client(token).rest
  await rest.repos.createForAuthenticatedUser({ name: 'shared', private: true })
  const place = { owner, repo: 'shared' }
  await expect(helper.repos.get(place)).rejects.toMatchObject({ status: 404 })
  const invited = await rest.repos.addCollaborator({ ...place, username: 'helper', permission: 'pull' })
  expect(invited.status).toBe(201)
  expect((await helper.repos.get(place)).data.permissions).toMatchObject({ pull: true, push: false })
  await expect(helper.issues.createLabel({ ...place, name: 'x' })).rejects.toMatchObject({ status: 403 })
  await rest.repos.addCollaborator({ ...place, username: 'helper', permission: 'push' })
  expect((await helper.issues.createLabel({ ...place, name: 'x' })).status).toBe(201)
  expect((await rest.repos.getCollaboratorPermissionLevel({ ...place, username: 'helper' })).data.permission).toBe(
    'write',
  )
  expect((await rest.repos.listCollaborators(place)).data.map(({ login }) => login)).toEqual(['owner', 'helper'])
  expect((await rest.repos.checkCollaborator({ ...place, username: 'helper' })).status).toBe(204)
  await rest.repos.removeCollaborator({ ...place, username: 'helper' })
  await expect(helper.repos.get(place)).rejects.toMatchObject({ status: 404 })
})

test('an organisation has members, teams and repositories', async () => {
  const { rest } = hub().octokit
  await callLocal(hub(), '/admin/organizations', { login: 'acme', admin: 'owner', profile_name: 'Acme' })
  expect((await callLocal(hub(), '/admin/organizations', { login: 'acme', admin: 'owner' })).status).toBe(422)
  expect((await rest.orgs.get({ org: 'acme' })).data).toMatchObject({ login: 'acme', name: 'Acme' })
  const { data: made } = await rest.repos.createInOrg({ org: 'acme', name: 'rocket', auto_init: true })
  expect(made.organization).toMatchObject({ login: 'acme' })
  const token = await newUser(hub(), 'member')
  const member = hub().client(token).rest
  await expect(member.repos.createInOrg({ org: 'acme', name: 'x' })).rejects.toMatchObject({ status: 403 })
  expect((await rest.orgs.setMembershipForUser({ org: 'acme', username: 'member' })).data).toMatchObject({
    role: 'member',
    state: 'active',
  })
  expect((await rest.orgs.listMembers({ org: 'acme' })).data.map(({ login }) => login)).toEqual(['member', 'owner'])
  expect((await member.orgs.listForAuthenticatedUser()).data.map(({ login }) => login)).toEqual(['acme'])
  const { data: team } = await rest.teams.create({ org: 'acme', name: 'Launch Crew', privacy: 'closed' })
  expect(team.slug).toBe('launch-crew')
  await rest.teams.addOrUpdateMembershipForUserInOrg({ org: 'acme', team_slug: 'launch-crew', username: 'member' })
  await rest.teams.addOrUpdateRepoPermissionsInOrg({
    org: 'acme',
    team_slug: 'launch-crew',
    owner: 'acme',
    repo: 'rocket',
    permission: 'push',
  })
  expect((await rest.teams.listMembersInOrg({ org: 'acme', team_slug: 'launch-crew' })).data).toHaveLength(1)
  expect((await rest.teams.listReposInOrg({ org: 'acme', team_slug: 'launch-crew' })).data).toHaveLength(1)
  expect((await rest.teams.list({ org: 'acme' })).data).toHaveLength(1)
  expect((await rest.repos.listForOrg({ org: 'acme' })).data).toHaveLength(1)
  await expect(rest.orgs.get({ org: 'owner' })).rejects.toMatchObject({ status: 404 })
})

test('templates and forks are copies, one without history and one with', async () => {
  const { rest } = hub().octokit
  await rest.repos.createForAuthenticatedUser({ name: 'mould', auto_init: true, is_template: true })
  await rest.repos.createOrUpdateFileContents({
    owner,
    repo: 'mould',
    path: 'a/b.txt',
    message: 'Add',
    content: Buffer.from('x').toString('base64'),
  })
  const { data: cast } = await rest.repos.createUsingTemplate({
    template_owner: owner,
    template_repo: 'mould',
    name: 'cast',
  })
  expect(cast.template_repository).toMatchObject({ full_name: 'owner/mould' })
  expect((await rest.repos.listCommits({ owner, repo: 'cast' })).data).toHaveLength(1)
  const { data: file } = await rest.repos.getContent({ owner, repo: 'cast', path: 'a/b.txt' })
  expect(file).toMatchObject({ size: 1 })
  await expect(
    rest.repos.createUsingTemplate({ template_owner: owner, template_repo: 'cast', name: 'no' }),
  ).rejects.toMatchObject({ status: 422 })
  await callLocal(hub(), '/admin/organizations', { login: 'forkers', admin: 'owner' })
  const { data: fork } = await rest.repos.createFork({ owner, repo: 'mould', organization: 'forkers' })
  expect(fork).toMatchObject({ full_name: 'forkers/mould', fork: true, parent: { full_name: 'owner/mould' } })
  expect((await rest.repos.listCommits({ owner: 'forkers', repo: 'mould' })).data).toHaveLength(2)
  expect((await rest.repos.listForks({ owner, repo: 'mould' })).data).toHaveLength(1)
  expect((await rest.repos.get({ owner, repo: 'mould' })).data.forks_count).toBe(1)
})

test('a repository can change hands', async () => {
  const { rest } = hub().octokit
  await callLocal(hub(), '/admin/organizations', { login: 'takers', admin: 'owner' })
  await rest.repos.createForAuthenticatedUser({ name: 'given' })
  const { data: moved } = await rest.repos.transfer({ owner, repo: 'given', new_owner: 'takers' })
  expect(moved.full_name).toBe('takers/given')
  expect((await rest.repos.get({ owner, repo: 'given' })).data.full_name).toBe('takers/given')
})

test('stars, languages, contributors, alerts', async () => {
  const { rest } = hub().octokit
  await rest.repos.createForAuthenticatedUser({ name: 'liked', auto_init: true })
  const place = { owner, repo: 'liked' }
  await rest.activity.starRepoForAuthenticatedUser(place)
  expect((await rest.activity.checkRepoIsStarredByAuthenticatedUser(place)).status).toBe(204)
  expect((await rest.repos.get(place)).data.stargazers_count).toBe(1)
  await rest.activity.unstarRepoForAuthenticatedUser(place)
  expect(eventsIn(hub(), 'star').map(({ action }) => action)).toEqual(['created', 'deleted'])
  expect(eventsIn(hub(), 'watch').map(({ action }) => action)).toEqual(['started'])
  await expect(rest.activity.checkRepoIsStarredByAuthenticatedUser(place)).rejects.toMatchObject({ status: 404 })
  await rest.repos.createOrUpdateFileContents({ ...place, path: 'a.ts', message: 'a', content: 'eA==' })
  expect((await rest.repos.listLanguages(place)).data).toEqual({ TypeScript: 1 })
  expect((await rest.repos.listContributors(place)).data).toMatchObject([{ login: 'owner', contributions: 2 }])
  await expect(rest.repos.checkVulnerabilityAlerts(place)).rejects.toMatchObject({ status: 404 })
  await rest.repos.enableVulnerabilityAlerts(place)
  expect((await rest.repos.checkVulnerabilityAlerts(place)).status).toBe(204)
  const { data: events } = await rest.activity.listRepoEvents(place)
  expect(events.map(({ type }) => type)).toContain('PushEvent')
})

test('lists hold what the caller may see, in the order that is asked', async () => {
  const { rest } = hub().octokit
  const names = (
    await rest.repos.listForAuthenticatedUser({ per_page: 100, sort: 'created', direction: 'asc' })
  ).data.map(({ name }) => name)
  expect(names[0]).toBe('my-repo-')
  const seen = (await hub().client(undefined).rest.repos.listForUser({ username: owner, per_page: 100 })).data.map(
    ({ name }) => name,
  )
  expect(seen).not.toContain('shared')
  expect(seen).toContain('liked')
  expect((await rest.repos.listForAuthenticatedUser({ visibility: 'private' })).data.map(({ name }) => name)).toEqual([
    'shared',
  ])
})

test('a user is known by name and may change', async () => {
  const { rest } = hub().octokit
  expect((await rest.users.updateAuthenticated({ name: 'The Owner', bio: 'owns' })).data).toMatchObject({
    name: 'The Owner',
    bio: 'owns',
  })
  expect((await rest.users.getByUsername({ username: 'OWNER' })).data).toMatchObject({
    login: 'owner',
    name: 'The Owner',
  })
  expect((await rest.users.listEmailsForAuthenticatedUser()).data).toHaveLength(1)
  expect((await rest.users.list()).data.length).toBeGreaterThan(1)
})
