import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import { param, routesOf } from '../front/routes.ts'
import { commitBody, commitsAt, writePerson } from '../git/commits.ts'
import type { Person } from '../git/commits.ts'
import { readBody } from '../platform/body.ts'
import { namedNodeId } from '../platform/ids.ts'
import { conflict, found, notFound, unprocessable } from '../platform/problem.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { personOf } from '../repositories/create.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { gitCommitJson, verificationOf } from './present.ts'
import { parseTag } from './tags.ts'

export const PersonBody = z.object({ name: z.string(), email: z.string(), date: z.string().optional() })
const NewBlob = z.object({ content: z.string(), encoding: z.enum(['utf-8', 'base64']).optional() })
const NewCommit = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).optional(),
  author: PersonBody.optional(),
  committer: PersonBody.optional(),
  signature: z.string().optional(),
})
const NewTag = z.object({
  tag: z.string(),
  message: z.string(),
  object: z.string(),
  type: z.enum(['commit', 'tree', 'blob']),
  tagger: PersonBody.optional(),
})

/** Blobs, commits and tags as git stores them. */
export const databaseRoutes = routesOf({
  'POST /repos/:owner/:repo/git/blobs': createBlob,
  'GET /repos/:owner/:repo/git/blobs/:sha': showBlob,
  'POST /repos/:owner/:repo/git/commits': createCommit,
  'GET /repos/:owner/:repo/git/commits/:sha': showCommit,
  'POST /repos/:owner/:repo/git/tags': createTag,
  'GET /repos/:owner/:repo/git/tags/:sha': showTag,
})

/** A writable repository that has at least one commit: the git database of an empty one is closed. */
export function openDatabase(world: World, c: Call): Repository {
  const repository = openRepository(world, c, 'write')
  if (world.refs.list(repository.id, 'refs/heads/').length === 0) throw conflict('Git Repository is empty.')
  return repository
}

async function createBlob(world: World, c: Call): Promise<Response> {
  const repository = openDatabase(world, c)
  const { content, encoding } = await readBody(c, NewBlob)
  const sha = await world.git
    .at(repository.id)
    .store('blob', encoding === 'base64' ? Buffer.from(content, 'base64') : content)
  const url = `${repositoryUrl(world.site, repository)}/git/blobs/${sha}`
  return c.json({ url, sha }, 201, { location: url })
}

async function showBlob(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const sha = fullHash(c)
  const object = await world.git.at(repository.id).object(sha)
  if (object?.type !== 'blob') throw notFound()
  if ((c.req.header('accept') ?? '').includes('.raw')) return c.body(new Uint8Array(object.body))
  return c.json({
    sha,
    node_id: namedNodeId('Blob', repository.id, sha),
    size: object.body.length,
    url: `${repositoryUrl(world.site, repository)}/git/blobs/${sha}`,
    content: wrapped(object.body),
    encoding: 'base64',
  })
}

/** Base64 as GitHub shows it, in lines of 60. */
export function wrapped(body: Buffer): string {
  return body.toString('base64').replaceAll(/.{1,60}/g, '$&\n')
}

async function createCommit(world: World, c: Call): Promise<Response> {
  const repository = openDatabase(world, c)
  const git = world.git.at(repository.id)
  const { message, tree, parents = [], author, committer, signature = null } = await readBody(c, NewCommit)
  const objects = await git.objects([tree, ...parents])
  if (objects[0]?.type !== 'tree') throw unprocessable('Tree SHA does not exist')
  if (objects.slice(1).some((object) => object?.type !== 'commit'))
    throw unprocessable('Parent SHA does not exist or is not a commit object')
  const { user } = callerOf(c)
  const writer = author ? personFrom(author, world.now()) : personOf(user, world.now())
  const sender = committer ? personFrom(committer, world.now()) : writer
  const text = signature === null ? message : `${message.replace(/\n$/, '')}\n`
  const sha = await git.store(
    'commit',
    commitBody({ tree, parents, author: writer, committer: sender, message: text, signature }),
  )
  const [commit] = await commitsAt(git, [sha])
  const shown = gitCommitJson(world, repository, found(commit))
  return c.json(shown, 201, { location: String(shown['url']) })
}

async function showCommit(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const [commit] = await commitsAt(world.git.at(repository.id), [fullHash(c)])
  return c.json(gitCommitJson(world, repository, found(commit)))
}

async function createTag(world: World, c: Call): Promise<Response> {
  const repository = openDatabase(world, c)
  const git = world.git.at(repository.id)
  const { tag, message, object, type, tagger } = await readBody(c, NewTag)
  if ((await git.object(object))?.type !== type) throw unprocessable(`Object SHA does not name a ${type}`)
  const person = tagger ? personFrom(tagger, world.now()) : personOf(callerOf(c).user, world.now())
  const body = `object ${object}\ntype ${type}\ntag ${tag}\ntagger ${writePerson(person)}\n\n${message.replace(/\n?$/, '\n')}`
  const { code, out } = await git.run(['mktag'], { input: body })
  if (code !== 0) throw unprocessable(`${tag} is not a valid tag name.`)
  const shown = await tagJson(world, repository, out.toString().trim())
  return c.json(shown, 201, { location: String(shown['url']) })
}

async function showTag(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  return c.json(await tagJson(world, repository, fullHash(c)))
}

async function tagJson({ git, site }: World, repository: Repository, sha: string): Promise<Json> {
  const root = repositoryUrl(site, repository)
  const object = await git.at(repository.id).object(sha)
  if (object?.type !== 'tag') throw notFound()
  const tag = parseTag(object.body)
  return {
    node_id: namedNodeId('Tag', repository.id, sha),
    sha,
    url: `${root}/git/tags/${sha}`,
    tagger: {
      name: tag.tagger.name,
      email: tag.tagger.email,
      date: new Date(tag.tagger.at).toISOString().replace('.000', ''),
    },
    object: { sha: tag.object, type: tag.type, url: `${root}/git/${tag.type}s/${tag.object}` },
    tag: tag.tag,
    message: tag.message,
    verification: verificationOf({ signature: null }),
  }
}

/** A person of a request; without a date it is now. */
export function personFrom({ name, email, date }: z.infer<typeof PersonBody>, now: number): Person {
  const at = date === undefined ? now : Date.parse(date)
  if (Number.isNaN(at)) throw unprocessable(`Invalid request.\n\n${JSON.stringify(date)} is not a valid date-time.`)
  return { name, email, at, offset: '+0000' }
}

/** Who a commit of the API is by, unless the request says otherwise. */
export function authorFor(user: Account, given: z.infer<typeof PersonBody> | undefined, now: number): Person {
  return given ? personFrom(given, now) : personOf(user, now)
}

function fullHash(c: Call): string {
  const sha = param(c, 'sha')
  if (!/^[0-9a-f]{40}$/.test(sha))
    throw unprocessable('The sha parameter must be exactly 40 characters and contain only [0-9a-f].')
  return sha
}
