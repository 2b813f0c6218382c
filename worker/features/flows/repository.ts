import { Problem } from '../../platform/problem.ts'

/** A repository of GitHub, as its address names it. */
export type Repository = { readonly owner: string; readonly name: string }

const accepted =
  'Accepted are https://github.com/<owner>/<repository>, with or without .git or a path behind it, ' +
  'and git@github.com:<owner>/<repository>.git.'

/**
 * Reads a repository's address. What comes behind the repository (`/tree/main`, `?tab=readme`) says nothing.
 * @throws Problem (invalid-request) for another host, for anything else, and for one that holds a password, which is never
 * repeated
 */
export function repositoryAt(address: string): Repository {
  const path = pathIn(address.trim())
  const [owner = '', named = ''] = path.replace(/^\/+/, '').split('/')
  const name = named.replace(/\.git$/i, '')
  // GitHub's own rules; managed users have one underscore.
  const isOwner = /^[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}(?:_[A-Za-z0-9]+)?$/.test(owner)
  if (!isOwner || !/^[A-Za-z0-9._-]{1,100}$/.test(name) || /^\.{1,2}$/.test(name))
    throw refused('This is no address of a repository.')
  return { owner, name }
}

function pathIn(address: string): string {
  const short = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):(?!\/)(.+)$/.exec(address)
  if (short && !URL.canParse(address)) return proved(short[1], short[2])
  if (!URL.canParse(address)) throw refused('This is no address of a repository.')
  const { protocol, hostname, port, username, password, pathname } = new URL(address)
  const isKnown = protocol === 'https:' || protocol === 'ssh:'
  if (!isKnown || port !== '') throw refused('This is no address of a repository.')
  if (password !== '' || (username !== '' && username !== 'git'))
    throw refused('The address holds credentials; leave them out.')
  return proved(hostname, pathname)
}

function proved(host = '', path = ''): string {
  const plain = host.toLowerCase()
  if (plain !== 'github.com' && plain !== 'www.github.com' && plain !== 'ssh.github.com')
    throw refused(`Only GitHub's repositories can be linked, not those of ${plain.slice(0, 100)}.`)
  return path
}

function refused(why: string): Problem {
  return new Problem('invalid-request', `${why} ${accepted}`)
}

/** Names are compared as GitHub does: it ignores case. */
export function isSameRepository(one: Repository, other: Repository): boolean {
  return one.owner.toLowerCase() === other.owner.toLowerCase() && one.name.toLowerCase() === other.name.toLowerCase()
}
