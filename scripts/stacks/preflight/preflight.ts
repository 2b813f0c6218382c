import { z } from 'zod'
import { readSettings } from '../../../stacks/owners-settings.ts'
import { Refusal } from '../../embedded/refusal.ts'
import { githubAddresses } from '../github-address.ts'
import { stateOf } from '../synthesised.ts'
import type { Stack } from '../synthesised.ts'
import { ask } from './ask.ts'
import { find } from './github.ts'
import { judge } from './repositories.ts'

const State = z.object({ lock: z.object({ id: z.string(), story: z.string() }).nullable() })
const Held = z.object({
  resources: z.array(
    z.object({ type: z.string(), instances: z.array(z.object({ attributes: z.looseObject({}) })).default([]) }),
  ),
})

/**
 * Looks before Terraform starts for what it would tell late or without a place: a token that nobody knows, a lock, a
 * repository that cannot be made. What cannot be looked up is left to Terraform. @throws Refusal with all of it.
 */
export async function look(stacks: readonly Stack[], env: NodeJS.ProcessEnv): Promise<void> {
  for (const stack of stacks) await lookAtState(stack, env)
  const github = stacks.find(({ name }) => name === 'github')
  if (github) await lookAtRepositories(github, env)
}

/** Terraform waits for a lock for minutes, and says nothing of whose it is until it gives up. */
async function lookAtState(stack: Stack, env: NodeJS.ProcessEnv): Promise<void> {
  const { origin, state } = placeOf(stack)
  const answer = await ask(State, `${origin}/api/states/${encodeURIComponent(state)}`, tokenOf(env))
  if (answer?.status === 401)
    throw new Refusal(
      `${env['TF_HTTP_PASSWORD'] ? 'TF_HTTP_PASSWORD' : 'THROUGHLINE_TOKEN'}: ${origin} does not know this token.`,
    )
  const lock = answer?.value?.lock
  if (!lock) return
  // The recorder lends Terraform a password that breaks no locks, so this is Terraform alone.
  const password = env['TF_HTTP_PASSWORD'] ? '' : 'TF_HTTP_PASSWORD=$THROUGHLINE_TOKEN '
  console.error(`${lock.story}
Terraform waits for it. If that run is dead, a token with the scope force:${state} ends it:
  TF_HTTP_USERNAME=throughline ${password}terraform -chdir=${stack.folder} force-unlock ${lock.id}`)
}

async function lookAtRepositories(stack: Stack, env: NodeJS.ProcessEnv): Promise<void> {
  const { GITHUB_BASE_URL, GITHUB_TOKEN = '', TF_REATTACH_PROVIDERS } = env
  // Providers that stand in make nothing anywhere without an address: then the real GitHub is not asked either.
  if (!GITHUB_BASE_URL && TF_REATTACH_PROVIDERS) return
  const { owner, repositories } = (await readSettings()).github
  const place = { rest: githubAddresses(GITHUB_BASE_URL).rest, token: GITHUB_TOKEN, owner }
  const managed = await managedBy(stack, env)
  const findings = await Promise.all(
    repositories.map(async (wanted, at) => {
      const found = await find(place, wanted.name)
      return found && judge(owner, wanted, at, { ...found, isManaged: managed?.has(wanted.name) ?? true })
    }),
  )
  for (const warning of findings.flatMap((each) => each?.warnings ?? [])) console.error(`Warning: ${warning}`)
  const faults = findings.flatMap((each) => each?.faults ?? []).map((fault) => `  ${fault}`)
  if (faults.length > 0) throw new Refusal(['GitHub is not as stacks/settings.ts says:', ...faults].join('\n'))
}

/** The names of the repositories that are in the state; null when it cannot be read. */
async function managedBy(stack: Stack, env: NodeJS.ProcessEnv): Promise<ReadonlySet<unknown> | null> {
  const answer = await ask(Held, stateOf(stack), tokenOf(env))
  if (answer?.status === 404 || answer?.status === 204) return new Set()
  const resources = answer?.value?.resources.filter(({ type }) => type === 'github_repository')
  if (!resources) return null
  return new Set(resources.flatMap(({ instances }) => instances.map(({ attributes }) => attributes['name'])))
}

function placeOf(stack: Stack): { readonly origin: string; readonly state: string } {
  const [origin = '', state = ''] = stateOf(stack).split('/state/')
  return { origin, state }
}

function tokenOf({ TF_HTTP_PASSWORD, THROUGHLINE_TOKEN }: NodeJS.ProcessEnv): string {
  return TF_HTTP_PASSWORD || THROUGHLINE_TOKEN || ''
}
