import type { Json } from '../accounts/present.ts'
import { accountByLogin } from '../accounts/queries.ts'
import { protectionFor } from '../branches/queries.ts'
import { param, routesOf } from '../front/routes.ts'
import { commitNamed, commitsAt } from '../git/commits.ts'
import type { Commit } from '../git/commits.ts'
import type { GitRepository } from '../git/repository.ts'
import { linkPages, pageOf } from '../platform/pages.ts'
import { conflict, found, notFound, unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import { repositoriesWhere } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { changedFiles, diffText, patchText } from './diff.ts'
import { commitJson, fileChangeJson } from './present.ts'

/** Commits and what lies between them. */
export const commitRoutes = routesOf({
  'GET /repos/:owner/:repo/commits': list,
  'GET /repos/:owner/:repo/commits/:sha/branches-where-head': listBranches,
  'GET /repos/:owner/:repo/compare/:range{.+}': compare,
  'GET /repos/:owner/:repo/commits/:ref{.+}': show,
})

const mostFiles = 300
const mostCommits = 250

/** A commit that the caller names, or GitHub's word for that there is none. */
export async function openCommit(git: GitRepository, name: string): Promise<Commit> {
  const commit = await commitNamed(git, name)
  if (!commit) throw unprocessable(`No commit found for SHA: ${name}`)
  return commit
}

async function list(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const wanted = c.req.query('sha') ?? repository.default_branch
  const start = await commitNamed(git, wanted)
  if (!start) {
    if (world.refs.list(repository.id, 'refs/heads/').length === 0) throw conflict('Git Repository is empty.')
    throw notFound()
  }
  const page = pageOf(c)
  const filter = filtersOf(world, c)
  const path = c.req.query('path')
  const paths = path === undefined || path === '' ? [] : ['--', `:(literal)${path}`]
  const total = Number(await git.text(['rev-list', '--count', ...filter, start.sha, ...paths]))
  const part = [`--max-count=${page.size}`, `--skip=${page.offset}`]
  const shas = await git.lines(['rev-list', ...part, ...filter, start.sha, ...paths])
  linkPages(c, page, total)
  return c.json((await commitsAt(git, shas)).map((commit) => commitJson(world, repository, commit)))
}

function filtersOf({ store }: World, c: Call): string[] {
  const { author, since, until } = c.req.query()
  const known = author === undefined ? null : accountByLogin(store, author)
  return [
    ...(author === undefined ? [] : ['--fixed-strings', `--author=${known?.email ?? author}`]),
    ...(since === undefined ? [] : [`--since=${since}`]),
    ...(until === undefined ? [] : [`--until=${until}`]),
  ]
}

async function show(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const commit = await openCommit(git, param(c, 'ref'))
  const accept = c.req.header('accept') ?? ''
  if (accept.includes('.sha')) return c.text(commit.sha)
  const before = commit.parents[0] ?? null
  if (accept.includes('.diff')) return c.text(await diffText(git, before, commit.sha))
  if (accept.includes('.patch')) return c.text(await patchText(git, '-1', commit.sha))
  const files = await changedFiles(git, before, commit.sha)
  const additions = files.reduce((sum, file) => sum + file.additions, 0)
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0)
  return c.json({
    ...commitJson(world, repository, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: files.slice(0, mostFiles).map((file) => fileChangeJson(world, repository, commit.sha, file)),
  })
}

/** The branches whose newest commit this is. */
async function listBranches(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const { sha } = await openCommit(world.git.at(repository.id), param(c, 'sha'))
  const root = repositoryUrl(world.site, repository)
  const heads = world.refs.list(repository.id, 'refs/heads/').filter((ref) => ref.sha === sha)
  return c.json(
    heads.map(({ name }) => ({
      name: name.slice(11),
      commit: { sha, url: `${root}/commits/${sha}` },
      protected: protectionFor(world.store, repository.id, name.slice(11)) !== null,
    })),
  )
}

async function compare(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const [, from = '', to = ''] = /^(.+?)\.\.\.?(.+)$/.exec(param(c, 'range')) ?? []
  const base = found(await sideOf(world, repository, from))
  const head = found(await sideOf(world, repository, to))
  const common = await git.run(['merge-base', base.sha, head.sha])
  if (common.code !== 0) throw notFound()
  const merge = found(await commitNamed(git, common.out.toString().trim()))
  const accept = c.req.header('accept') ?? ''
  if (accept.includes('.diff')) return c.text(await diffText(git, merge.sha, head.sha))
  if (accept.includes('.patch')) return c.text(await patchText(git, `${merge.sha}..${head.sha}`))
  return c.json(await comparisonJson(world, c, repository, { base, head, merge }))
}

type Sides = { readonly base: Commit; readonly head: Commit; readonly merge: Commit }

async function comparisonJson(
  world: World,
  c: Call,
  repository: Repository,
  { base, head, merge }: Sides,
): Promise<Json> {
  const git = world.git.at(repository.id)
  const [ahead = 0, behind = 0] = (await git.text(['rev-list', '--left-right', '--count', `${head.sha}...${base.sha}`]))
    .split('\t')
    .map(Number)
  const page = pageOf(c, mostCommits)
  const shas = await git.lines(['rev-list', '--reverse', '--topo-order', `${base.sha}..${head.sha}`])
  linkPages(c, page, shas.length)
  const commits = await commitsAt(git, shas.slice(page.offset, page.offset + page.size))
  const files = await changedFiles(git, merge.sha, head.sha)
  const html = `${world.site.html}/${repository.full_name}/compare/${base.sha}...${head.sha}`
  return {
    url: `${repositoryUrl(world.site, repository)}/compare/${param(c, 'range')}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitJson(world, repository, base),
    merge_base_commit: commitJson(world, repository, merge),
    status: statusOf(ahead, behind),
    ahead_by: ahead,
    behind_by: behind,
    total_commits: shas.length,
    commits: commits.map((commit) => commitJson(world, repository, commit)),
    files: files.slice(0, mostFiles).map((file) => fileChangeJson(world, repository, head.sha, file)),
  }
}

function statusOf(ahead: number, behind: number): string {
  if (ahead === 0 && behind === 0) return 'identical'
  if (ahead > 0 && behind > 0) return 'diverged'
  return ahead > 0 ? 'ahead' : 'behind'
}

/** One side of a comparison: a ref here, or `user:branch` in that user's fork. */
async function sideOf(world: World, repository: Repository, name: string): Promise<Commit | null> {
  const git = world.git.at(repository.id)
  const [owner, branch] = name.includes(':') ? name.split(':') : [undefined, name]
  if (owner === undefined || owner.toLowerCase() === repository.owner.login.toLowerCase())
    return commitNamed(git, branch ?? name)
  const account = accountByLogin(world.store, owner)
  const [fork] = account
    ? repositoriesWhere(world.store, sql`parent_id = ${repository.id} and owner_id = ${account.id}`)
    : []
  if (!fork || branch === undefined) return null
  await git.run([
    'fetch',
    '--quiet',
    '--no-write-fetch-head',
    `file://${world.git.at(fork.id).folder}`,
    `refs/heads/${branch}`,
  ])
  const sha = world.refs.get(fork.id, `refs/heads/${branch}`)
  return sha === null ? null : commitNamed(git, sha)
}
