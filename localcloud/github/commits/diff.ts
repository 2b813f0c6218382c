import type { GitRepository } from '../git/repository.ts'

export type FileChange = {
  readonly path: string
  /** Where a renamed or copied file was. */
  readonly from: string | null
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed'
  readonly blob: string
  readonly additions: number
  readonly deletions: number
  /** The hunks; nothing for binary and for very large files. */
  readonly patch: string | null
}

const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
const largestPatch = 1_000_000

const statuses: Record<string, FileChange['status']> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
}

/** What changed between two trees or commits; from nothing when there is no `before`. */
export async function changedFiles(git: GitRepository, before: string | null, after: string): Promise<FileChange[]> {
  const range = [before ?? emptyTree, after]
  const options = ['diff-tree', '-r', '-z', '-M', '--full-index', '--no-commit-id']
  const [listed, counted, written] = await Promise.all([
    git.bytes([...options, '--raw', ...range]),
    git.bytes([...options, '--numstat', ...range]),
    git.bytes(['diff-tree', '-r', '-M', '--full-index', '-p', ...range]),
  ])
  const raw = parseRaw(listed)
  const counts = parseCounts(counted)
  const patches = parsePatches(written)
  return raw.map((file, index) => {
    const { additions = 0, deletions = 0 } = counts[index] ?? {}
    const patch = patches[index] ?? null
    return { ...file, additions, deletions, patch: patch !== null && patch.length > largestPatch ? null : patch }
  })
}

/** The whole difference as text, as `.diff` shows it. */
export async function diffText(git: GitRepository, before: string | null, after: string): Promise<string> {
  return (await git.bytes(['diff-tree', '-r', '-M', '--full-index', '-p', before ?? emptyTree, after])).toString()
}

/** These commits as mails, as `.patch` shows them: of a range, or one commit with `-1`. */
export async function patchText(git: GitRepository, ...commits: readonly string[]): Promise<string> {
  return (await git.bytes(['format-patch', '--stdout', ...commits])).toString()
}

type Raw = Pick<FileChange, 'path' | 'from' | 'status' | 'blob'>

/** Each file has a line of modes, hashes and a letter, then its path, or two when it was renamed or copied. */
function parseRaw(out: Buffer): Raw[] {
  const words = out.toString().split('\0').values()
  const files: Raw[] = []
  for (const line of words) {
    if (!line.startsWith(':')) break
    const letter = line.split(' ').at(-1)?.[0] ?? 'M'
    const from = letter === 'R' || letter === 'C' ? wordOf(words) : null
    files.push(rawFile(line, letter, wordOf(words), from))
  }
  return files
}

function rawFile(line: string, letter: string, path: string, from: string | null): Raw {
  const [, , before = '', after = ''] = line.split(' ')
  return { status: statuses[letter] ?? 'modified', blob: letter === 'D' ? before : after, path, from }
}

function wordOf(words: Iterator<string>): string {
  const { value, done } = words.next()
  return done === true ? '' : value
}

function parseCounts(out: Buffer): { additions: number; deletions: number }[] {
  const words = out.toString().split('\0')
  const counts: { additions: number; deletions: number }[] = []
  for (let at = 0; at < words.length - 1;) {
    const [added = '', deleted = '', path = ''] = (words[at] ?? '').split('\t')
    counts.push({ additions: Number(added) || 0, deletions: Number(deleted) || 0 })
    at += path === '' ? 3 : 1
  }
  return counts
}

/** The hunks of each file, in the order of the files; null for one that has none. */
function parsePatches(out: Buffer): (string | null)[] {
  const text = out.toString()
  return text
    .split(/^diff --git .*\n/m)
    .slice(1)
    .map((part) => {
      const start = part.search(/^@@ /m)
      return start < 0 ? null : part.slice(start).replace(/\n$/, '')
    })
}
