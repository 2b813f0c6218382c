import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { param, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import { zeros } from '../git/repository.ts'
import type { GitRepository } from '../git/repository.ts'
import { readBody } from '../platform/body.ts'
import { conflict, notFound, unprocessable } from '../platform/problem.ts'
import { openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { openDatabase } from './database.ts'

const Entry = z.object({
  path: z.string(),
  mode: z.enum(['100644', '100755', '040000', '160000', '120000']).optional(),
  type: z.enum(['blob', 'tree', 'commit']).optional(),
  sha: z.string().nullish(),
  content: z.string().optional(),
})
const NewTree = z.object({ tree: z.array(Entry), base_tree: z.string().nullish() })

/** A line of a tree. */
export type TreeEntry = {
  readonly mode: string
  readonly type: string
  readonly sha: string
  readonly size: number | null
  readonly path: string
}

export const treeRoutes = routesOf({
  'POST /repos/:owner/:repo/git/trees': create,
  'GET /repos/:owner/:repo/git/trees/:sha{.+}': show,
})

const mostEntries = 100_000

/** What a tree holds, without or with what lies below it. */
export async function entriesOf(git: GitRepository, tree: string, recursive = false): Promise<TreeEntry[]> {
  const out = await git.bytes(['ls-tree', '-z', '-l', '--full-tree', ...(recursive ? ['-r', '-t'] : []), tree])
  return parseEntries(out)
}

function parseEntries(out: Buffer): TreeEntry[] {
  const lines = out.toString().split('\0').filter(Boolean)
  return lines.map((line) => {
    const tab = line.indexOf('\t')
    const [mode = '', type = '', sha = '', size = '-'] = line.slice(0, tab).split(/ +/)
    return { mode, type, sha, size: size === '-' ? null : Number(size), path: line.slice(tab + 1) }
  })
}

/** What a path of a tree holds. */
export async function entryAt(git: GitRepository, tree: string, path: string): Promise<TreeEntry | null> {
  const out = await git.bytes(['ls-tree', '-z', '-l', '--full-tree', tree, '--', path])
  const [entry] = parseEntries(out)
  return entry ? { ...entry, path: path.split('/').at(-1) ?? path } : null
}

async function show(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const name = param(c, 'sha')
  const commit = await commitNamed(git, name)
  const tree = commit?.tree ?? (await git.resolve(`${name}^{tree}`))
  if (!tree)
    throw world.refs.list(repository.id, 'refs/heads/').length === 0 ? conflict('Git Repository is empty.') : notFound()
  return c.json(await treeJson(world, repository, tree, c.req.query('recursive') !== undefined))
}

async function create(world: World, c: Call): Promise<Response> {
  const repository = openDatabase(world, c)
  const git = world.git.at(repository.id)
  const { tree, base_tree } = await readBody(c, NewTree)
  const base = base_tree === undefined || base_tree === null ? null : await git.resolve(`${base_tree}^{tree}`)
  if (base === null && typeof base_tree === 'string') throw unprocessable('base_tree is not a valid tree oid')
  const edits: TreeEdit[] = []
  for (const entry of tree) edits.push(await editFor(git, entry))
  const shown = await treeJson(world, repository, await writeTree(git, base, edits), false)
  return c.json(shown, 201, { location: String(shown['url']) })
}

/** What is put at a path; nothing removes it. */
export type TreeEdit = { readonly path: string; readonly mode: string; readonly sha: string | null }

/** Builds a tree from another by adding, replacing and removing paths, in an index of its own. */
export async function writeTree(git: GitRepository, base: string | null, edits: readonly TreeEdit[]): Promise<string> {
  const isTree = ({ mode, sha }: TreeEdit) => mode === '040000' && sha !== null
  const lines = edits
    .filter((edit) => !isTree(edit))
    .map(({ path, mode, sha }) => (sha === null ? `0 ${zeros}` : `${mode} ${sha}`) + `\t${path}\0`)
  return git.withIndex(async (env) => {
    if (base !== null) await git.bytes(['read-tree', base], { env })
    for (const { path, sha } of edits.filter(isTree)) {
      await git.bytes(['rm', '-r', '--cached', '--quiet', '--ignore-unmatch', '--', path], { env })
      await git.bytes(['read-tree', `--prefix=${path}/`, sha ?? ''], { env })
    }
    const { code } = await git.run(['update-index', '-z', '--index-info'], { env, input: lines.join('') })
    if (code !== 0) throw unprocessable('Invalid tree info')
    return git.text(['write-tree'], { env })
  })
}

async function editFor(git: GitRepository, entry: z.infer<typeof Entry>): Promise<TreeEdit> {
  const { path, mode = '100644', sha } = entry
  if (isMalformed(path)) throw unprocessable('tree.path contains a malformed path component')
  if (sha === null) return { path, mode, sha }
  const stored = sha ?? (await storeContent(git, entry.content))
  const expected = mode === '040000' ? 'tree' : 'blob'
  const isThere = mode === '160000' || (await git.object(stored))?.type === expected
  if (!isThere) throw unprocessable(`tree.sha ${stored} is not a valid ${expected}`)
  return { path, mode, sha: stored }
}

async function storeContent(git: GitRepository, content: string | undefined): Promise<string> {
  if (content === undefined) throw unprocessable('Must supply either tree.sha or tree.content')
  return git.store('blob', content)
}

/** Whether a path leads out of the tree or into git's own folder. */
export function isMalformed(path: string): boolean {
  return path.split('/').some((part) => ['', '.', '..', '.git'].includes(part.toLowerCase()))
}

async function treeJson({ git, site }: World, repository: Repository, sha: string, recursive: boolean): Promise<Json> {
  const root = `${repositoryUrl(site, repository)}/git`
  const entries = await entriesOf(git.at(repository.id), sha, recursive)
  return {
    sha,
    url: `${root}/trees/${sha}`,
    tree: entries.slice(0, mostEntries).map(({ path, mode, type, size, sha: each }) => ({
      path,
      mode,
      type,
      sha: each,
      ...(size === null ? {} : { size }),
      ...(type === 'commit' ? {} : { url: `${root}/${type}s/${each}` }),
    })),
    truncated: entries.length > mostEntries,
  }
}
