import { userJson } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountByEmail } from '../accounts/queries.ts'
import { hookRepositoryJson } from '../repositories/present.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { localTime } from './commits.ts'
import type { Person } from './commits.ts'
import type { PushFacts, PushedCommit } from './push-facts.ts'
import type { Push } from './refs.ts'
import { zeros } from './repository.ts'

/** GitHub is silent about tags when more than this many move at once. */
const mostTags = 3

/** Turns moves of branches and tags into the events `push`, `create` and `delete`. */
export function raisePushEvents(world: World): void {
  const { store, refs, events, now } = world
  refs.observe(async (push) => {
    const { ref } = push.change
    const isTag = ref.startsWith('refs/tags/')
    if (!isTag && !ref.startsWith('refs/heads/')) return () => {}
    const facts = isTag && push.tags > mostTags ? null : await push.facts()
    return () => {
      store.update('repositories', push.repository.id, { pushed_at: now(), updated_at: now() })
      const repository = repositoryById(store, push.repository.id)
      if (!repository || !facts) return
      const sender = push.actor
      const turn = turnOf(push)
      if (turn) events.raise({ name: turn, repository, sender, body: turnJson(push, repository) })
      events.raise({ name: 'push', repository, sender, body: pushJson(world, push, repository, facts) })
    }
  })
}

function turnOf({ change }: Push): 'create' | 'delete' | null {
  if (change.before === null) return 'create'
  return change.after === null ? 'delete' : null
}

function turnJson({ change }: Push, repository: Repository): Json {
  const [, kind, name] = /^refs\/(heads|tags)\/(.*)$/s.exec(change.ref) ?? []
  const about =
    change.before === null ? { master_branch: repository.default_branch, description: repository.description } : {}
  return { ref: name, ref_type: kind === 'tags' ? 'tag' : 'branch', ...about, pusher_type: 'user' }
}

/** The body of a `push`, but for its sender. */
export function pushJson(
  world: World,
  { change, actor }: Pick<Push, 'change' | 'actor'>,
  repository: Repository,
  facts: PushFacts,
): Json {
  const { ref, before, after } = change
  const show = (pushed: PushedCommit) => commitJson(world, repository, pushed)
  return {
    ref,
    before: before ?? zeros,
    after: after ?? zeros,
    repository: pushedRepositoryJson(world, repository),
    pusher: { name: actor.login, email: actor.email },
    created: before === null,
    deleted: after === null,
    forced: facts.forced,
    base_ref: facts.base,
    compare: compareUrl(world, repository, { ref, before, after }),
    commits: facts.commits.map(show),
    head_commit: facts.head && show(facts.head),
  }
}

/** In a push, and nowhere else, times are numbers and the owner has a `name`. */
function pushedRepositoryJson({ store, site }: World, repository: Repository): Json {
  const { owner, default_branch, created_at, pushed_at } = repository
  const { repository: shown } = hookRepositoryJson(store, site, repository)
  return {
    ...(typeof shown === 'object' ? shown : {}),
    owner: { name: owner.login, email: owner.email, ...userJson(site, owner) },
    created_at: Math.floor(created_at / 1000),
    pushed_at: Math.floor(pushed_at / 1000),
    stargazers: 0,
    master_branch: default_branch,
  }
}

function commitJson({ store, site }: World, repository: Repository, { commit, distinct, files }: PushedCommit): Json {
  const filesThat = (status: string) => files.filter((file) => file.status === status).map(({ path }) => path)
  const person = (who: Person) => {
    const account = accountByEmail(store, who.email)
    return { name: who.name, email: who.email, date: localTime(who), ...(account ? { username: account.login } : {}) }
  }
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct,
    message: commit.message,
    timestamp: localTime(commit.committer),
    url: `${site.html}/${repository.full_name}/commit/${commit.sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: filesThat('A'),
    removed: filesThat('D'),
    modified: [...filesThat('M'), ...filesThat('T')],
  }
}

function compareUrl({ site }: World, repository: Repository, { ref, before, after }: Push['change']): string {
  const html = `${site.html}/${repository.full_name}`
  if (before === null) return `${html}/compare/${ref.replace(/^refs\/(heads|tags)\//, '')}`
  return `${html}/compare/${before.slice(0, 12)}...${(after ?? zeros).slice(0, 12)}`
}
