import type { Json } from '../../accounts/present.ts'
import { accountByEmail } from '../../accounts/queries.ts'
import { protectionFor } from '../../branches/queries.ts'
import { localTime, parseCommit, parsePerson } from '../../git/commits.ts'
import type { Commit, Person } from '../../git/commits.ts'
import type { GitObject } from '../../git/repository.ts'
import { namedNodeId } from '../../platform/ids.ts'
import type { Kind } from '../../platform/ids.ts'
import { isoTime } from '../../platform/site.ts'
import type { Repository } from '../../repositories/schema.ts'
import type { Graph, NamedRef } from '../graph.ts'
import { listBy } from '../lists.ts'
import { escaped } from '../text.ts'
import { judgedFields } from './checks.ts'
import { historyOf } from './history.ts'
import type { HistoryArgs } from './history.ts'
import { entriesOf } from './trees.ts'

export function refNode(g: Graph, repository: Repository, { name, sha }: NamedRef): Json {
  const [, prefix = 'refs/', rest = name] = /^(refs\/(?:heads|tags)\/|refs\/)(.*)$/s.exec(name) ?? []
  return {
    __typename: 'Ref',
    id: namedNodeId('Ref', repository.id, name),
    name: rest,
    prefix,
    repository: () => g.show.repository(g, repository),
    target: () => g.show.gitObject(g, repository, sha),
    branchProtectionRule: () => {
      const found = prefix === 'refs/heads/' ? protectionFor(g.world.store, repository.id, rest) : null
      return found && g.show.protection(g, repository, found)
    },
  }
}

/** A commit, a tree, a blob or an annotated tag, by its hash. */
export async function gitObjectNode(g: Graph, repository: Repository, sha: string): Promise<Json | null> {
  const object = await g.objects.load(repository.id, sha)
  if (!object) return null
  const show = shapes[object.type]
  return show ? { ...commonFields(g, repository, object), ...show(g, repository, object) } : null
}

type Show = (g: Graph, repository: Repository, object: GitObject) => Json
const shapes: Record<string, Show> = { commit: commitNode, tree: treeNode, blob: blobNode, tag: tagNode }
const kinds: Record<string, Kind> = { commit: 'Commit', tree: 'Tree', blob: 'Blob', tag: 'Tag' }

function commonFields(g: Graph, repository: Repository, { sha, type }: GitObject): Json {
  const kind = kinds[type] ?? 'Commit'
  const path = `/${repository.full_name}/commit/${sha}`
  return {
    __typename: kind,
    id: namedNodeId(kind, repository.id, sha),
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    commitUrl: `${g.world.site.html}${path}`,
    commitResourcePath: path,
    repository: () => g.show.repository(g, repository),
  }
}

function commitNode(g: Graph, repository: Repository, object: GitObject): Json {
  const commit = parseCommit(object)
  const { html, api } = g.world.site
  const [headline = '', ...rest] = commit.message.split('\n')
  const body = rest.join('\n').trim()
  const path = `/${repository.full_name}/commit/${commit.sha}`
  const archive = (kind: string) => `${api}/repos/${repository.full_name}/${kind}/${commit.sha}`
  const counts = async () => countsOf(g, repository, commit)
  return {
    url: `${html}${path}`,
    resourcePath: path,
    message: commit.message,
    messageHeadline: headline,
    messageHeadlineHTML: escaped(headline),
    messageBody: body,
    messageBodyHTML: escaped(body),
    ...peopleFields(g, commit),
    parents: () =>
      listBy(
        (sha) => sha,
        commit.parents,
        (sha) => g.show.gitObject(g, repository, sha),
      ),
    tree: () => g.show.gitObject(g, repository, commit.tree),
    treeUrl: `${html}/${repository.full_name}/tree/${commit.sha}`,
    treeResourcePath: `/${repository.full_name}/tree/${commit.sha}`,
    tarballUrl: archive('tarball'),
    zipballUrl: archive('zipball'),
    additions: async () => (await counts()).additions,
    deletions: async () => (await counts()).deletions,
    changedFiles: async () => (await counts()).files,
    changedFilesIfAvailable: async () => (await counts()).files,
    history: (args: HistoryArgs) => historyOf(g, repository, commit.sha, args),
    file: async ({ path: wanted }: { path: string }) =>
      (await entriesOf(g, repository, commit.tree, wanted)).find((entry) => entry['path'] === wanted) ?? null,
    signature: null,
    ...judgedFields(g, repository, commit.sha),
    viewerSubscription: null,
  }
}

function peopleFields(g: Graph, { author, committer }: Commit): Json {
  return {
    author: person(g, author),
    committer: person(g, committer),
    authors: () =>
      listBy(
        ({ email }) => email,
        [author],
        (each) => person(g, each),
      ),
    authoredDate: isoTime(author.at),
    committedDate: isoTime(committer.at),
    authoredByCommitter: author.email === committer.email && author.name === committer.name,
    committedViaWeb: false,
  }
}

function person(g: Graph, who: Person): Json {
  const account = accountByEmail(g.world.store, who.email)
  return {
    name: who.name,
    email: who.email,
    date: localTime(who),
    user: account?.type === 'User' ? g.show.account(g, account) : null,
    avatarUrl: account ? `${g.world.site.html}/avatars/u/${account.id}?v=4` : `${g.world.site.html}/avatars/u/0?v=4`,
  }
}

/** How much a commit changed, compared with its first parent. */
async function countsOf(g: Graph, repository: Repository, { sha }: Commit) {
  const args = ['diff-tree', '--root', '-r', '--numstat', '--no-renames', '--diff-merges=first-parent', '-z', sha]
  const lines = (await g.world.git.at(repository.id).text(args)).split('\0').slice(1).filter(Boolean)
  const sum = (column: number) => lines.reduce((total, line) => total + (Number(line.split('\t')[column]) || 0), 0)
  return { additions: sum(0), deletions: sum(1), files: lines.length }
}

function treeNode(g: Graph, repository: Repository, { sha }: GitObject): Json {
  return { entries: () => entriesOf(g, repository, sha) }
}

/** GitHub shows no more of a text than this. */
const longestText = 512_000

function blobNode(_g: Graph, _repository: Repository, { body }: GitObject): Json {
  const isBinary = body.subarray(0, 8_000).includes(0)
  const isTruncated = !isBinary && body.length > longestText
  return {
    byteSize: body.length,
    isBinary,
    isTruncated,
    text: isBinary ? null : body.subarray(0, longestText).toString(),
  }
}

function tagNode(g: Graph, repository: Repository, { body }: GitObject): Json {
  const text = body.toString()
  const cut = text.indexOf('\n\n')
  const headers = text.slice(0, cut).split('\n')
  const valueOf = (name: string) => headers.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1)
  const tagger = valueOf('tagger')
  return {
    name: valueOf('tag') ?? '',
    message: text.slice(cut + 2).replace(/\n$/, ''),
    tagger: tagger === undefined ? null : person(g, parsePerson(tagger)),
    target: () => g.show.gitObject(g, repository, valueOf('object') ?? ''),
  }
}
