import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import type { SettingsInput } from '../../stacks/schema/settings.ts'
import { root as rootToken } from '../../worker/testing.ts'
import { startHub } from '../stand-in/hub.ts'
import { EmbeddedServer } from '../terraform/embedded.ts'
import { stateViews } from '../terraform/views.ts'
import { Gate } from './gate.ts'
import { OwnersCopy } from './owners-copy.ts'
import type { Ended, Running } from './owners-copy.ts'

/** The server of `npm start` and both local clouds. GitHub is reached through a gate. */
function startPlaces() {
  const { account } = startAccount()
  const hub = startHub()
  let server: EmbeddedServer
  let gate: Gate
  let github: string
  beforeAll(async () => {
    server = await EmbeddedServer.create()
    await server.start()
    gate = new Gate(hub().github.url)
    github = await gate.listen()
  }, 60_000)
  afterAll(async () => {
    gate.stop()
    await server.remove()
  })
  return { account, hub, server: () => server, gate: () => gate, github: () => github }
}

type Place = { readonly url: string; readonly accountId: string; readonly owner: string }

function settings(project: string, { url, accountId, owner }: Place, repository: object): SettingsInput {
  return {
    project,
    owner: 'owner@example.com',
    url,
    protectData: false,
    cloudflare: { accountId, workerToken: { account: ['D1 Write'] } },
    github: { owner, repositories: [{ name: project, webhook: [], ...repository }] },
  }
}

/** The real commands in a copy of the repository, with all that they reach. */
export function startWorld() {
  const { account, hub, server, gate, github } = startPlaces()
  const copy = new OwnersCopy()
  afterAll(() => copy.remove())

  /** The variables that a plan needs, and where the clouds are. */
  function credentials(): Record<string, string> {
    return {
      THROUGHLINE_TOKEN: rootToken,
      CLOUDFLARE_BASE_URL: `${account().url}/client/v4`,
      CLOUDFLARE_API_TOKEN: account().token,
      GITHUB_BASE_URL: `${github()}/`,
      GITHUB_TOKEN: hub().github.token,
    }
  }
  /** Writes settings with one repository; it and the states have the name of the project. */
  function write(project: string, repository: object = {}): void {
    const { accountId } = account()
    const { owner } = hub().github
    copy.write(settings(project, { url: server().address, accountId, owner }, repository))
  }
  function start(command: readonly string[], env: Record<string, string> = {}): Running {
    return copy.start(command, { ...credentials(), ...env })
  }
  async function run(
    script: 'plan' | 'deploy',
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<Ended> {
    return start(copy.words(script, args), env).ended
  }
  const call: EmbeddedServer['call'] = async (path, init) => server().call(path, init)
  const { stored, isFree } = stateViews(call)
  /** How many things a state holds. Nobody holds its lock, and no plan of it lies around. */
  async function held(state: string): Promise<number> {
    expect([await isFree(state), copy.plansLeft()]).toEqual([true, []])
    return (await stored(state))?.resources.flatMap(({ instances }) => instances).length ?? 0
  }
  return { account, hub, copy, gate, call, credentials, write, start, run, held }
}
