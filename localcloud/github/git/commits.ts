import type { GitObject, GitRepository } from './repository.ts'
import type { GitInput } from './run.ts'

/** Who and when, as git writes it. */
export type Person = {
  readonly name: string
  readonly email: string
  /** Milliseconds. */
  readonly at: number
  /** As in `+0100`. */
  readonly offset: string
}

export type Commit = {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: Person
  readonly committer: Person
  readonly message: string
  readonly signature: string | null
}

/** Reads a commit as it lies in the repository. */
export function parseCommit({ sha, body }: GitObject): Commit {
  const text = body.toString()
  const cut = text.indexOf('\n\n')
  const headers = (cut < 0 ? text : text.slice(0, cut)).replaceAll(/\n (?=.*)/g, '\0').split('\n')
  const valuesOf = (name: string) =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
  return {
    sha,
    tree: valuesOf('tree')[0] ?? '',
    parents: valuesOf('parent'),
    author: parsePerson(valuesOf('author')[0] ?? ''),
    committer: parsePerson(valuesOf('committer')[0] ?? ''),
    message: cut < 0 ? '' : text.slice(cut + 2).replace(/\n$/, ''),
    signature: valuesOf('gpgsig')[0]?.replaceAll('\0', '\n') ?? null,
  }
}

export function parsePerson(text: string): Person {
  const [, name = '', email = '', seconds = '0', offset = '+0000'] =
    /^(.*?) ?<(.*?)> (-?\d+) ([+-]\d{4})$/.exec(text) ?? []
  return { name, email, at: Number(seconds) * 1000, offset }
}

/** The bytes of a commit that is still to be stored. */
export function commitBody(commit: Omit<Commit, 'sha'>): string {
  const { tree, parents, author, committer, message, signature } = commit
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${writePerson(author)}`,
    `committer ${writePerson(committer)}`,
    ...(signature === null ? [] : [`gpgsig ${signature.replaceAll('\n', '\n ')}`]),
  ]
  return `${lines.join('\n')}\n\n${message}`
}

export function writePerson({ name, email, at, offset }: Person): string {
  return `${clean(name)} <${clean(email)}> ${Math.floor(at / 1000)} ${offset}`
}

/** git refuses these characters in names and addresses; GitHub drops them. */
function clean(part: string): string {
  return part.replaceAll(/[<>\n\0]/g, '').trim()
}

/** When, in the person's own time zone. */
export function localTime({ at, offset }: Person): string {
  const [, sign = '+', hours = '00', minutes = '00'] = /([+-])(\d\d)(\d\d)/.exec(offset) ?? []
  const shift = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000)
  const local = new Date(at + shift).toISOString().replace(/\.\d+Z$/, '')
  return shift === 0 ? `${local}Z` : `${local}${sign}${hours}:${minutes}`
}

/** These commits, in this order; those that are not there are left out. */
export async function commitsAt(git: GitRepository, names: readonly string[], more: GitInput = {}): Promise<Commit[]> {
  const objects = await git.objects(names, more)
  return objects.flatMap((object) => (object?.type === 'commit' ? [parseCommit(object)] : []))
}

/** The commit that a branch, a tag, a short or full hash names; null when nothing does. */
export async function commitNamed(git: GitRepository, name: string): Promise<Commit | null> {
  for (const form of formsOf(name)) {
    const sha = await git.resolve(`${form}^{commit}`)
    if (sha !== null) return (await commitsAt(git, [sha]))[0] ?? null
  }
  return null
}

/** Branches come before tags, and a hash is itself. */
function formsOf(name: string): string[] {
  if (name === 'HEAD') return ['HEAD']
  if (/^[0-9a-f]{40}$/.test(name)) return [name]
  const forms = [`refs/heads/${name}`, `refs/tags/${name}`]
  if (/^(refs|heads|tags|pull)\//.test(name)) forms.unshift(name.startsWith('refs/') ? name : `refs/${name}`)
  return /^[0-9a-f]{7,39}$/.test(name) ? [...forms, name] : forms
}

export type Touched = { readonly status: string; readonly path: string }

/** Which files each commit touched, compared with its first parent. */
export async function filesTouched(git: GitRepository, shas: readonly string[]): Promise<Map<string, Touched[]>> {
  const found = new Map<string, Touched[]>()
  if (shas.length === 0) return found
  const out = await git.bytes(
    ['diff-tree', '--stdin', '-z', '-r', '--root', '--diff-merges=first-parent', '--no-renames', '--name-status'],
    { input: `${shas.join('\n')}\n` },
  )
  const words = out.toString().split('\0')
  let current: Touched[] = []
  for (let at = 0; at < words.length - 1; at += 1) {
    const word = words[at] ?? ''
    if (/^[0-9a-f]{40}$/.test(word)) found.set(word, (current = []))
    else current.push({ status: word, path: words[(at += 1)] ?? '' })
  }
  return found
}
