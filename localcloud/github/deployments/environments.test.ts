import { callLocal, newUser } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const place = { owner: 'acme', repo: 'shipped' }
const tell = () => hub().octokit.rest
const idOf = async (username: string) => (await tell().users.getByUsername({ username })).data.id

beforeAll(async () => {
  await callLocal(hub(), '/admin/organizations', { login: 'acme', admin: 'owner', profile_name: 'Acme' })
  await tell().repos.createInOrg({ org: 'acme', name: 'shipped', private: true })
})

test('an environment comes to be by being made, and shows who must agree', async () => {
  await newUser(hub(), 'alice')
  await newUser(hub(), 'mallory')
  const [alice, mallory] = [await idOf('alice'), await idOf('mallory')]
  await tell().repos.addCollaborator({ ...place, username: 'alice', permission: 'pull' })
  const [crew, others] = await Promise.all(
    ['Crew', 'Others'].map(async (name) => (await tell().teams.create({ org: 'acme', name })).data.id),
  )
  const right = { org: 'acme', team_slug: 'crew', ...place }
  await tell().teams.addOrUpdateRepoPermissionsInOrg({ ...right, permission: 'pull' })

  const environment = { ...place, environment_name: 'production' }
  await tell().repos.createOrUpdateEnvironment({
    ...environment,
    wait_timer: 30,
    prevent_self_review: true,
    // Whoever cannot read the repository is left out.
    reviewers: [
      { type: 'User', id: alice },
      { type: 'User', id: mallory },
      { type: 'User', id: 583231 },
      { type: 'Team', id: crew ?? 0 },
      { type: 'Team', id: others ?? 0 },
    ],
    deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
  })
  const reviewers = [
    { type: 'User', reviewer: { login: 'alice', id: alice } },
    { type: 'User', reviewer: { id: 583231 } },
    { type: 'Team', reviewer: { slug: 'crew', id: crew } },
  ]
  const shown = async () => (await tell().repos.getEnvironment(environment)).data
  expect(await shown()).toMatchObject({
    name: 'production',
    can_admins_bypass: true,
    protection_rules: [
      { type: 'wait_timer', wait_timer: 30 },
      { type: 'required_reviewers', prevent_self_review: true, reviewers },
      { type: 'branch_policy' },
    ],
    deployment_branch_policy: { protected_branches: true },
  })
  await tell().teams.removeRepoInOrg(right)
  expect((await shown()).protection_rules?.[1]).toMatchObject({ reviewers: reviewers.slice(0, 2) })

  await tell().repos.createOrUpdateEnvironment(environment)
  expect(await shown()).toMatchObject({ protection_rules: [], deployment_branch_policy: null })
  const { data } = await tell().repos.getAllEnvironments(place)
  expect(data.environments?.map(({ name }) => name)).toEqual(['production'])
  expect((await tell().repos.deleteAnEnvironment(environment)).status).toBe(204)
  await expect(shown()).rejects.toMatchObject({ status: 404 })
})

test('nobody reviews himself where nobody reviews', async () => {
  const alone = { ...place, environment_name: 'alone', prevent_self_review: true }
  await expect(tell().repos.createOrUpdateEnvironment(alone)).rejects.toMatchObject({
    status: 422,
    response: { data: { message: expect.stringContaining('must have at least one reviewer') } },
  })
  await expect(tell().repos.getEnvironment(alone)).rejects.toMatchObject({ status: 404 })
})
