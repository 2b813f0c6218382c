import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { callLocal, eventsIn, newUser } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const place = { owner: 'owner', repo: 'shipped' }
const tell = () => hub().octokit.rest

beforeAll(async () => {
  await tell().repos.createForAuthenticatedUser({ name: 'shipped', auto_init: true })
})

describe('statuses', () => {
  test('the last word of each context counts', async () => {
    const { data: head } = await tell().git.getRef({ ...place, ref: 'heads/main' })
    const sha = head.object.sha
    const combined = async () => (await tell().repos.getCombinedStatusForRef({ ...place, ref: 'main' })).data.state
    expect(await combined()).toBe('pending')
    await tell().repos.createCommitStatus({
      ...place,
      sha,
      state: 'success',
      context: 'ci',
      description: 'Fine',
      target_url: 'http://x.test/',
    })
    expect(await combined()).toBe('success')
    await tell().repos.createCommitStatus({ ...place, sha, state: 'error', context: 'lint' })
    expect(await combined()).toBe('failure')
    await tell().repos.createCommitStatus({ ...place, sha, state: 'pending', context: 'LINT' })
    expect(await combined()).toBe('pending')
    expect((await tell().repos.listCommitStatusesForRef({ ...place, ref: sha })).data).toHaveLength(3)
    await expect(
      tell().repos.createCommitStatus({ ...place, sha: '0'.repeat(40), state: 'success' }),
    ).rejects.toMatchObject({
      status: 422,
      response: { data: { message: `No commit found for SHA: ${'0'.repeat(40)}` } },
    })
    await expect(
      tell().repos.createCommitStatus({ ...place, sha, state: 'success', description: 'x'.repeat(141) }),
    ).rejects.toMatchObject({ status: 422 })
    expect(eventsIn(hub(), 'status')[0]?.body).toMatchObject({
      sha,
      name: 'owner/shipped',
      state: 'success',
      branches: [{ name: 'main' }],
      commit: { sha },
    })
  })
})

describe('deployments', () => {
  test('a deployment waits for its checks, unless told not to', async () => {
    await expect(tell().repos.createDeployment({ ...place, ref: 'main' })).rejects.toMatchObject({
      status: 409,
      response: { data: { message: expect.stringMatching(/^Conflict: Commit status checks failed/) } },
    })
    const { data, status } = await tell().repos.createDeployment({
      ...place,
      ref: 'main',
      required_contexts: [],
      environment: 'laptop',
      payload: { why: 'test' },
      description: 'd',
    })
    expect(status).toBe(201)
    expect(data).toMatchObject({
      ref: 'main',
      task: 'deploy',
      environment: 'laptop',
      payload: { why: 'test' },
      production_environment: false,
    })
    await expect(tell().repos.createDeployment({ ...place, ref: 'none' })).rejects.toMatchObject({
      status: 422,
      response: { data: { message: 'No ref found for: none' } },
    })
    expect(eventsIn(hub(), 'deployment')[0]?.body).toMatchObject({
      action: 'created',
      deployment: { environment: 'laptop' },
    })
  })

  test('a success ends what was there before', async () => {
    const deploy = async () => {
      const { data } = await tell().repos.createDeployment({
        ...place,
        ref: 'main',
        required_contexts: [],
        environment: 'staging',
      })
      return 'id' in data ? { ...place, deployment_id: data.id } : { ...place, deployment_id: 0 }
    }
    const [first, second] = [await deploy(), await deploy()]
    for (const state of ['in_progress', 'success'] as const)
      await tell().repos.createDeploymentStatus({ ...first, state, log_url: 'http://x.test/log' })
    await expect(tell().repos.deleteDeployment(first)).rejects.toMatchObject({ status: 422 })
    await tell().repos.createDeploymentStatus({ ...second, state: 'success', environment_url: 'http://x.test/' })
    const { data: statuses } = await tell().repos.listDeploymentStatuses(first)
    expect(statuses.map(({ state }) => state)).toEqual(['inactive', 'success', 'in_progress'])
    expect((await tell().repos.getDeploymentStatus({ ...first, status_id: statuses[1]?.id ?? 0 })).data).toMatchObject({
      state: 'success',
      log_url: 'http://x.test/log',
      target_url: 'http://x.test/log',
    })
    expect((await tell().repos.listDeployments({ ...place, environment: 'staging' })).data).toHaveLength(2)
    expect((await tell().repos.deleteDeployment(first)).status).toBe(204)
    await expect(tell().repos.getDeployment(first)).rejects.toMatchObject({ status: 404 })
    expect(eventsIn(hub(), 'deployment_status')).toHaveLength(3)
  })

  test('environments come by being used or made', async () => {
    await tell().repos.createOrUpdateEnvironment({
      ...place,
      environment_name: 'production',
      wait_timer: 30,
      deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
    })
    const { data } = await tell().repos.getAllEnvironments(place)
    expect(data.environments?.map(({ name }) => name)).toEqual(['laptop', 'staging', 'production'])
    expect((await tell().repos.getEnvironment({ ...place, environment_name: 'production' })).data).toMatchObject({
      name: 'production',
      deployment_branch_policy: { protected_branches: true },
    })
    expect((await tell().repos.deleteAnEnvironment({ ...place, environment_name: 'laptop' })).status).toBe(204)
  })
})

/** As long and as shaped as libsodium's sealed boxes; what is inside stays with whoever sealed it. */
function sealed(text: string): string {
  return Buffer.concat([Buffer.alloc(48, 7), Buffer.from(text)]).toString('base64')
}

describe('secrets and variables', () => {
  test('a secret is sealed to a key of its place, and never shown', async () => {
    const { data: key } = await tell().actions.getRepoPublicKey(place)
    const raw = Buffer.from(key.key, 'base64')
    expect(raw).toHaveLength(32)
    const publicKey = createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') },
    })
    expect(diffieHellman({ publicKey, privateKey: generateKeyPairSync('x25519').privateKey })).toHaveLength(32)
    const put = (encrypted_value: string, key_id: string) =>
      tell().actions.createOrUpdateRepoSecret({ ...place, secret_name: 'TOKEN', encrypted_value, key_id })
    expect((await put(sealed('a'), key.key_id)).status).toBe(201)
    expect((await put(sealed('b'), key.key_id)).status).toBe(204)
    await expect(put('not sealed', key.key_id)).rejects.toMatchObject({ status: 422 })
    await expect(put(sealed('c'), '1')).rejects.toMatchObject({ status: 422 })
    const { data } = await tell().actions.listRepoSecrets(place)
    expect(data).toEqual({
      total_count: 1,
      secrets: [{ name: 'TOKEN', created_at: expect.any(String), updated_at: expect.any(String) }],
    })
    expect((await tell().actions.getRepoSecret({ ...place, secret_name: 'token' })).data.name).toBe('TOKEN')
    await tell().actions.deleteRepoSecret({ ...place, secret_name: 'TOKEN' })
    await expect(tell().actions.getRepoSecret({ ...place, secret_name: 'TOKEN' })).rejects.toMatchObject({
      status: 404,
    })
    await expect(
      tell().actions.createOrUpdateRepoSecret({
        ...place,
        secret_name: 'GITHUB_X',
        encrypted_value: sealed(''),
        key_id: key.key_id,
      }),
    ).rejects.toMatchObject({ status: 422 })
    expect((await tell().actions.getRepoPublicKey(place)).data).toEqual(key)
  })

  test('readers of a repository do not even see their names', async () => {
    const { actions } = hub().client(await newUser(hub(), 'reader')).rest
    for (const call of [actions.listRepoSecrets, actions.getRepoPublicKey, actions.listRepoVariables])
      await expect(call(place)).rejects.toMatchObject({ status: 403 })
  })

  test('environments and organisations have their own', async () => {
    const environment = { ...place, environment_name: 'production' }
    const { data: key } = await tell().actions.getEnvironmentPublicKey(environment)
    expect(
      (
        await tell().actions.createOrUpdateEnvironmentSecret({
          ...environment,
          secret_name: 'A',
          encrypted_value: sealed('a'),
          key_id: key.key_id,
        })
      ).status,
    ).toBe(201)
    expect((await tell().actions.listEnvironmentSecrets(environment)).data.total_count).toBe(1)
    await callLocal(hub(), '/admin/organizations', { login: 'acme', admin: 'owner' })
    const { data: shared } = await tell().actions.getOrgPublicKey({ org: 'acme' })
    await tell().actions.createOrUpdateOrgSecret({
      org: 'acme',
      secret_name: 'B',
      encrypted_value: sealed('b'),
      key_id: shared.key_id,
      visibility: 'all',
    })
    expect((await tell().actions.listOrgSecrets({ org: 'acme' })).data.secrets).toMatchObject([
      { name: 'B', visibility: 'all' },
    ])
  })

  test('variables are plain', async () => {
    await tell().actions.createRepoVariable({ ...place, name: 'colour', value: 'red' })
    await expect(tell().actions.createRepoVariable({ ...place, name: 'COLOUR', value: 'x' })).rejects.toMatchObject({
      status: 409,
    })
    await tell().actions.updateRepoVariable({ ...place, name: 'COLOUR', value: 'blue' })
    expect((await tell().actions.getRepoVariable({ ...place, name: 'colour' })).data).toMatchObject({
      name: 'COLOUR',
      value: 'blue',
    })
    expect((await tell().actions.listRepoVariables(place)).data).toMatchObject({
      total_count: 1,
      variables: [{ name: 'COLOUR' }],
    })
    await tell().actions.deleteRepoVariable({ ...place, name: 'COLOUR' })
    await expect(tell().actions.getRepoVariable({ ...place, name: 'COLOUR' })).rejects.toMatchObject({ status: 404 })
  })

  test('a dispatch is heard', async () => {
    expect(
      (await tell().repos.createDispatchEvent({ ...place, event_type: 'redeploy', client_payload: { from: 'test' } }))
        .status,
    ).toBe(204)
    expect(eventsIn(hub(), 'repository_dispatch')[0]?.body).toMatchObject({
      action: 'redeploy',
      branch: 'main',
      client_payload: { from: 'test' },
    })
  })
})
