import { startWorld } from '../terraform/world.ts'
import { settings, startHub } from './hub.ts'
import { Folder } from './terraform.ts'

const hub = startHub()
const { backend, stored, lockOf, deployments } = startWorld()
const many = 60

/** A folder whose state is kept by Throughline, and the labels of a repository in it. */
function labelsKeptAt(state: string, repository: string): Folder {
  const { github } = hub()
  const { address, token } = backend(state)
  const labels = Array.from({ length: many }, (_, at) => [
    `l${at}`,
    { repository, name: `label-${at}`, color: '000000' },
  ])
  const folder = new Folder({
    GITHUB_BASE_URL: github.url,
    GITHUB_TOKEN: github.token,
    TF_HTTP_ADDRESS: address,
    TF_HTTP_LOCK_ADDRESS: address,
    TF_HTTP_UNLOCK_ADDRESS: address,
    TF_HTTP_USERNAME: 'terraform',
    TF_HTTP_PASSWORD: token,
    TF_HTTP_RETRY_WAIT_MIN: '0',
  })
  const terraform = { backend: { http: {} }, required_providers: { github: { source: 'integrations/github' } } }
  return folder.write(settings({ github_issue_label: Object.fromEntries(labels) }, { terraform }))
}

async function heldAt(state: string): Promise<number> {
  return (await stored(state))?.resources.filter(({ instances }) => instances.length > 0).length ?? 0
}

describe('a state that Throughline keeps', () => {
  test.each([
    ['killed', 'SIGKILL', 'Plugin did not respond'],
    ['interrupted', 'SIGINT', 'Interrupt received'],
  ] as const)(
    'is right and free after the stand-in is %s in the middle of an apply',
    async (name, signal, sentence) => {
      await hub().octokit.rest.repos.createForAuthenticatedUser({ name })
      const folder = labelsKeptAt(name, name)
      await folder.do('init')
      const running = folder.start('apply', '-auto-approve', '-parallelism=1')
      while (!running.output().includes('Creation complete')) await new Promise((done) => setTimeout(done, 5))
      running.signal(signal)
      const { code, output } = await running.ended
      expect(code).not.toBe(0)
      expect(output).toContain(sentence)
      expect(await lockOf(name)).toBeNull()
      const held = await heldAt(name)
      expect(held).toBeGreaterThan(0)
      expect(held).toBeLessThan(many)

      // What was being made when it died is taken over.
      expect(await folder.apply()).toContain(`Resources: ${many - held} added`)
      expect((await folder.plan()).isEmpty).toBe(true)
      await folder.do('destroy', '-auto-approve')
      expect(await heldAt(name)).toBe(0)
      expect((await deployments(name, 3)).map(({ operation }) => operation)).toContain('destroy')
      folder.remove()
    },
    60_000,
  )
})
