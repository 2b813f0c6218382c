import { eventually } from '../../worker/testing.ts'
import { World } from './world.ts'

type Deployment = { readonly operation: string; readonly status: string; readonly id: string }
type Repository = { readonly repo_name: string; readonly last_deployment_id: string }

const isOver = ({ status }: Deployment) => status !== 'in_progress'

let world: World
beforeAll(async () => {
  world = await World.start()
}, 60_000)
afterAll(() => world.stop())

/** Runs a command on a stack, which must end so. @returns what it printed */
async function must(stack: string, code: number, ...args: string[]): Promise<string> {
  const result = await world.terraform(stack, ...args)
  if (result.code !== code) throw new Error(`${stack}: terraform ${args.join(' ')}: ${result.code}\n${result.output}`)
  return result.output
}

/** `init` to an empty plan. */
async function build(stack: string): Promise<void> {
  await must(stack, 0, 'init')
  expect(await must(stack, 0, 'validate')).toContain('The configuration is valid')
  await must(stack, 2, 'plan', '-detailed-exitcode', '-out=plan')
  const applied = await must(stack, 0, 'apply', 'plan')
  expect(applied).toContain('Apply complete!')
  expect(applied).not.toMatch(/-hush/)
  expect(await must(stack, 0, 'plan', '-detailed-exitcode')).toContain('No changes')
}

/** What Throughline says of a stack, as soon as it has followed so many runs. */
async function toldOf(stack: string, runs: number) {
  const state = encodeURIComponent(`throughline/${stack}`)
  const ask = async () => world.get<{ deployments: Deployment[] }>(`/api/deployments?state=${state}`)
  const { deployments } = await eventually(ask, (all) => all.deployments.filter(isOver).length === runs, 15_000)
  const { lock, resource_count: resources } = await world.get<{ lock: unknown; resource_count: number }>(
    `/api/states/${state}`,
  )
  const story = deployments.toReversed().map(({ operation, status }) => `${operation} ${status}`)
  return { story, resources, lock, last: deployments[1] }
}

const repositories = async () => (await world.get<{ repositories: Repository[] }>('/api/repos')).repositories

test('real terraform builds every stack, finds nothing to do, sees drift, and takes it away, with its state here', async () => {
  const began = performance.now()
  const stacks = world.stacks()
  expect(stacks.toSorted()).toEqual(['auth0', 'azure', 'cloudflare', 'domains', 'github'])
  for (const stack of stacks) await build(stack)

  const { last: apply } = await toldOf('github', 3)
  expect(await repositories()).toMatchObject([
    { repo_name: 'throughline', terraform_managed: true, last_deployment_id: apply?.id },
  ])

  const { login } = await world.clouds.github<{ login: string }>('GET', '/user')
  await world.clouds.github('PATCH', `/repos/${login}/throughline/labels/azure`, { color: '000000' })
  const drift = await must('github', 2, 'plan', '-detailed-exitcode')
  expect(drift).toMatch(/color += "000000" -> "0089d6"/i)
  expect(drift).toContain('0 to add, 1 to change, 0 to destroy')

  const built = ['plan success', 'apply success', 'plan success']
  for (const stack of stacks.toReversed()) {
    expect(await must(stack, 0, 'destroy', '-auto-approve')).toContain('Destroy complete!')
    const runs = [...built, ...(stack === 'github' ? ['plan success'] : []), 'destroy success']
    expect(await toldOf(stack, runs.length)).toMatchObject({ story: runs, resources: 0, lock: null })
  }
  expect(await repositories()).toEqual([])
  console.log(`The whole story of all stacks took ${((performance.now() - began) / 1000).toFixed(1)} s.`)
}, 90_000)
