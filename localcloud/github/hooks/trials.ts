import type { Account } from '../accounts/schema.ts'
import { pushJson } from '../git/push-events.ts'
import { factsOf } from '../git/push-facts.ts'
import type { World } from '../world.ts'
import type { HookTarget } from './owner.ts'
import { hookJson } from './present.ts'
import type { Hook } from './schema.ts'

const zen = [
  'Anything added dilutes everything else.',
  'Approachable is better than simple.',
  'Avoid administrative distraction.',
  'Design for failure.',
  'Favor focus over features.',
  'Half measures are as bad as nothing at all.',
  'Keep it logically awesome.',
  'Mind your words, they are important.',
  'Non-blocking is better than blocking.',
  'Practicality beats purity.',
  'Responsive is better than fast.',
  'Speak like a human.',
]

/** Greets a hook, as its creation does. */
export function ping(world: World, { repository, organization }: HookTarget, hook: Hook, sender: Account): void {
  // A ping tells nothing of how the last delivery went, even when there was one.
  const shown = hookJson(world, { ...hook, last_code: null, last_status: 'unused', last_message: null })
  const body = { zen: zen[hook.id % zen.length], hook_id: hook.id, hook: shown }
  const target = { ...(repository ? { repository } : {}), ...(organization ? { organization } : {}) }
  world.events.raise({ name: 'ping', ...target, sender, body, only: hook })
}

/** Sends the last commit of the default branch as if it were just pushed. Organisations have no such test. */
export async function testPush(world: World, { repository }: HookTarget, hook: Hook, sender: Account): Promise<void> {
  if (!repository || !hook.events.some((event) => event === 'push' || event === '*')) return
  const ref = `refs/heads/${repository.default_branch}`
  const after = world.refs.get(repository.id, ref)
  if (after === null) return
  const git = world.git.at(repository.id)
  const before = (await git.resolve(`${after}^`)) ?? after
  const push = { repository, actor: sender, change: { ref, before, after }, others: [] }
  const facts = await factsOf(git, push)
  world.events.raise({ name: 'push', repository, sender, body: pushJson(world, push, repository, facts), only: hook })
}
