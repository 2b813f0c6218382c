import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { PersonBody, authorFor, personFrom, wrapped } from '../commits/database.ts'
import { gitCommitJson } from '../commits/present.ts'
import { moveRef } from '../commits/refs.ts'
import { entriesOf, entryAt, isMalformed, writeTree } from '../commits/trees.ts'
import type { TreeEntry } from '../commits/trees.ts'
import { param, routesOf } from '../front/routes.ts'
import { commitBody, commitNamed, commitsAt } from '../git/commits.ts'
import type { Commit, Person } from '../git/commits.ts'
import { readBody } from '../platform/body.ts'
import { conflict, found, notFound, unprocessable } from '../platform/problem.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { directoryJson, fileJson } from './present.ts'

const Commitment = z.object({
  message: z.string(),
  branch: z.string().optional(),
  sha: z.string().optional(),
  author: PersonBody.optional(),
  committer: PersonBody.optional(),
})
const NewContent = Commitment.extend({ content: z.string() })
const Removal = Commitment.extend({ sha: z.string() })

/** Files as people see them; each write is a commit. */
export const contentRoutes = routesOf({
  'GET /repos/:owner/:repo/readme': showReadme,
  'GET /repos/:owner/:repo/readme/:path{.+}': showReadme,
  'GET /repos/:owner/:repo/contents': show,
  'GET /repos/:owner/:repo/contents/:path{.*}': show,
  'PUT /repos/:owner/:repo/contents/:path{.+}': put,
  'DELETE /repos/:owner/:repo/contents/:path{.+}': remove,
})

async function show(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  return showPath(world, c, repository, (c.req.param('path') ?? '').replaceAll(/^\/|\/$/g, ''))
}

async function showReadme(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const commit = found(await commitNamed(git, c.req.query('ref') ?? repository.default_branch))
  const folder = (c.req.param('path') ?? '').replaceAll(/^\/|\/$/g, '')
  const tree = folder === '' ? rootOf(commit) : found(await entryAt(git, commit.tree, folder))
  if (tree.type !== 'tree') throw notFound()
  const readme = found(
    (await entriesOf(git, tree.sha)).find(({ path, type }) => type === 'blob' && /^readme(\.|$)/i.test(path)),
  )
  return showPath(world, c, repository, [folder, readme.path].filter(Boolean).join('/'))
}

async function showPath(world: World, c: Call, repository: Repository, path: string): Promise<Response> {
  const git = world.git.at(repository.id)
  const ref = c.req.query('ref') ?? repository.default_branch
  const commit = found(await commitNamed(git, ref))
  const place = { repository, ref, path }
  const entry = path === '' ? rootOf(commit) : found(await entryAt(git, commit.tree, path))
  if (entry.type === 'tree') return c.json(directoryJson(world, place, await entriesOf(git, entry.sha)))
  if (entry.type !== 'blob') return c.json(fileJson(world, place, entry, null))
  const { body } = found(await git.object(entry.sha))
  if (c.req.header('accept')?.includes('.raw')) return c.body(new Uint8Array(body))
  return c.json(fileJson(world, place, entry, { text: wrapped(body), size: body.length }))
}

function rootOf({ tree }: Commit): TreeEntry {
  return { mode: '040000', type: 'tree', sha: tree, size: null, path: '' }
}

async function put(world: World, c: Call): Promise<Response> {
  const { repository, path, git } = openForWriting(world, c)
  const body = await readBody(c, NewContent)
  const { branch, head, entry } = await placeOf(world, repository, path, body.branch)
  refuseStale(path, entry, body.sha)
  const content = Buffer.from(body.content, 'base64')
  const sha = await git.store('blob', content)
  const mode = entry?.mode ?? '100644'
  const commit = await commitEdit(world, c, { ...body, repository, branch, head, edit: { path, mode, sha } })
  const shown = { mode, type: 'blob', sha, size: content.length, path: path.split('/').at(-1) ?? path }
  const file = fileJson(world, { repository, ref: branch, path }, shown, null)
  return c.json({ content: file, commit: gitCommitJson(world, repository, commit) }, entry ? 200 : 201)
}

/** Who replaces a file must say which one. */
function refuseStale(path: string, entry: TreeEntry | null, sha: string | undefined): void {
  if (entry?.type === 'tree') throw unprocessable(`${path} is a directory.`)
  if (entry && sha === undefined) throw unprocessable(`Invalid request.\n\n"sha" wasn't supplied.`)
  if (sha !== undefined && sha !== entry?.sha) throw conflict(`${path} does not match ${sha}`)
}

async function remove(world: World, c: Call): Promise<Response> {
  const { repository, path } = openForWriting(world, c)
  const given: Json = { ...c.req.query(), ...(await readBody(c, z.record(z.string(), z.unknown()))) }
  const body = Removal.safeParse(given)
  if (!body.success)
    throw unprocessable(`Invalid request.\n\n"${String(body.error.issues[0]?.path[0])}" wasn't supplied.`)
  const { branch, head, entry } = await placeOf(world, repository, path, body.data.branch)
  if (!entry) throw notFound()
  if (entry.sha !== body.data.sha) throw conflict(`${path} does not match ${body.data.sha}`)
  const edit = { path, mode: entry.mode, sha: null }
  const commit = await commitEdit(world, c, { ...body.data, repository, branch, head, edit })
  return c.json({ content: null, commit: gitCommitJson(world, repository, commit) })
}

type Edit = Omit<z.infer<typeof Commitment>, 'branch'> & {
  readonly repository: Repository
  readonly branch: string
  readonly head: Commit | null
  readonly edit: { readonly path: string; readonly mode: string; readonly sha: string | null }
}

/** Commits one change on top of a branch; the branch must still be there when it is done. */
async function commitEdit(world: World, c: Call, { repository, branch, head, edit, ...body }: Edit): Promise<Commit> {
  const git = world.git.at(repository.id)
  const now = world.now()
  const author: Person = authorFor(callerOf(c).user, body.author ?? body.committer, now)
  const committer = body.committer ? personFrom(body.committer, now) : author
  const tree = await writeTree(git, head?.tree ?? null, [edit])
  const parents = head ? [head.sha] : []
  const sha = await git.store(
    'commit',
    commitBody({ tree, parents, author, committer, message: body.message, signature: null }),
  )
  await moveRef(world, c, repository, { ref: `refs/heads/${branch}`, before: head?.sha ?? null, after: sha }, 409)
  const [commit] = await commitsAt(git, [sha])
  return found(commit)
}

/** What is at a path of a branch now. Only an empty repository may get its first branch this way. */
async function placeOf(world: World, repository: Repository, path: string, wanted: string | undefined) {
  const git = world.git.at(repository.id)
  const branch = (wanted ?? repository.default_branch).replace(/^refs\/heads\//, '')
  const sha = world.refs.get(repository.id, `refs/heads/${branch}`)
  const isEmpty = world.refs.list(repository.id, 'refs/heads/').length === 0
  if (sha === null && !isEmpty) throw unprocessableBranch(branch)
  const [head = null] = sha === null ? [] : await commitsAt(git, [sha])
  return { branch, head, entry: head ? await entryAt(git, head.tree, path) : null }
}

function openForWriting(world: World, c: Call) {
  const repository = openRepository(world, c, 'write')
  const path = param(c, 'path')
  if (isMalformed(path)) throw unprocessable('path contains a malformed path component')
  return { repository, path, git: world.git.at(repository.id) }
}

function unprocessableBranch(branch: string) {
  return unprocessable(`Branch ${branch} not found`)
}
