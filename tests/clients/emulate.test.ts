import { createEmulator } from 'emulate'
import type { Emulator } from 'emulate'
import { Octokit } from 'octokit'
import { freePort } from '../server/server.ts'
import { tellStory } from './octokit-story.ts'

/** Another GitHub, made by others: the story that ours must tell is one that any GitHub tells. */
let emulator: Emulator

beforeAll(async () => {
  emulator = await createEmulator({
    service: 'github',
    port: await freePort(),
    seed: { tokens: { story: { login: 'owner', scopes: ['repo'] } }, github: { users: [{ login: 'owner' }] } },
  })
})
afterAll(() => emulator.close())

test('the story is true of a GitHub that is not ours', async () => {
  const octokit = new Octokit({
    auth: 'story',
    baseUrl: emulator.url,
    retry: { enabled: false },
    throttle: { enabled: false },
  })
  const gaps = new Set(['statuses', 'deployments', 'closing-words'] as const)
  await expect(tellStory(octokit, 'owner', 'story', gaps)).resolves.toBeUndefined()
})
