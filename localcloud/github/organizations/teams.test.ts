import { callLocal, newUser } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'
import type { Hub } from '../testing/hub.ts'

const { hub } = startHub()
const place = { owner: 'acme', repo: 'rocket' }
const main = { ...place, branch: 'main' }
const crew = { org: 'acme', team_slug: 'crew' }
let member: Hub['octokit']['rest']

beforeAll(async () => {
  const { rest } = hub().octokit
  await callLocal(hub(), '/admin/organizations', { login: 'acme', admin: 'owner', profile_name: 'Acme' })
  await rest.repos.createInOrg({ org: 'acme', name: 'rocket', auto_init: true })
  member = hub().client(await newUser(hub(), 'member')).rest
  await rest.orgs.setMembershipForUser({ org: 'acme', username: 'member' })
  await rest.teams.create({ org: 'acme', name: 'Crew', privacy: 'closed' })
})

const write = (path: string) =>
  member.repos.createOrUpdateFileContents({ ...place, path, message: path, content: '' }).then(
    ({ status }) => status,
    (error) => error.status,
  )

test('a member of a team may do what the team may', async () => {
  const { rest } = hub().octokit
  expect(await write('before')).toBe(403)
  const membership = { ...crew, username: 'member' }
  await expect(rest.teams.getMembershipForUserInOrg(membership)).rejects.toMatchObject({ status: 404 })
  await rest.teams.addOrUpdateMembershipForUserInOrg({ ...membership, role: 'maintainer' })
  expect((await rest.teams.getMembershipForUserInOrg(membership)).data).toMatchObject({
    role: 'maintainer',
    state: 'active',
  })
  const right = { ...crew, ...place }
  await expect(rest.teams.checkPermissionsForRepoInOrg(right)).rejects.toMatchObject({ status: 404 })
  await rest.teams.addOrUpdateRepoPermissionsInOrg({ ...right, permission: 'pull' })
  expect(await write('reader')).toBe(403)
  await rest.teams.addOrUpdateRepoPermissionsInOrg({ ...right, permission: 'push' })
  expect(await write('writer')).toBe(201)
  expect((await rest.teams.checkPermissionsForRepoInOrg(right)).status).toBe(204)
  const accept = 'application/vnd.github.v3.repository+json'
  const { data: shown } = await rest.teams.checkPermissionsForRepoInOrg({ ...right, headers: { accept } })
  expect(shown).toMatchObject({
    full_name: 'acme/rocket',
    role_name: 'write',
    permissions: { push: true, admin: false },
  })
  const wrong = rest.teams.addOrUpdateRepoPermissionsInOrg({ ...right, permission: 'rule' })
  await expect(wrong).rejects.toMatchObject({ status: 422 })
})

test('only whom a protected branch names may push, alone or in a team', async () => {
  const { rest } = hub().octokit
  const { data: made } = await rest.repos.updateBranchProtection({
    ...main,
    required_status_checks: null,
    enforce_admins: true,
    required_pull_request_reviews: null,
    restrictions: { users: ['owner'], teams: [] },
  })
  expect(made.restrictions).toMatchObject({ users: [{ login: 'owner' }], teams: [], apps: [] })
  expect(await write('outside')).toBe(409)
  const { data: teams } = await rest.repos.addTeamAccessRestrictions({ ...main, teams: ['crew'] })
  expect(teams).toMatchObject([{ slug: 'crew' }])
  expect(await write('in-team')).toBe(201)
  await rest.repos.removeTeamAccessRestrictions({ ...main, teams: ['crew'] })
  expect((await rest.repos.getTeamsWithAccessToProtectedBranch(main)).data).toEqual([])
  expect((await rest.repos.setUserAccessRestrictions({ ...main, users: ['member'] })).data).toMatchObject([
    { login: 'member' },
  ])
  expect(await write('named')).toBe(201)
  expect((await rest.repos.getAppsWithAccessToProtectedBranch(main)).data).toEqual([])
  await rest.repos.deleteAccessRestrictions(main)
  await expect(rest.repos.getUsersWithAccessToProtectedBranch(main)).rejects.toMatchObject({ status: 404 })
})
