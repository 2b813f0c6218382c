import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gitEnvironment, runGit } from './run.ts'
import type { GitInput, GitResult } from './run.ts'

export type GitObject = { readonly sha: string; readonly type: string; readonly body: Buffer }

/** What stands for "no commit" in a ref's move. */
export const zeros = '0'.repeat(40)

/** One bare repository on disk, worked on by the machine's git. */
export class GitRepository {
  readonly folder: string
  readonly #environment: Record<string, string>

  constructor(folder: string, environment: Record<string, string>) {
    this.folder = folder
    this.#environment = environment
  }

  run(args: readonly string[], more: GitInput = {}): Promise<GitResult> {
    return runGit(this.folder, this.#environment, args, more)
  }

  /** What a command that must succeed prints, without its last newline. */
  async text(args: readonly string[], more: GitInput = {}): Promise<string> {
    return (await this.bytes(args, more)).toString().replace(/\n$/, '')
  }

  async bytes(args: readonly string[], more: GitInput = {}): Promise<Buffer> {
    const { code, out, err } = await this.run(args, more)
    if (code !== 0) throw new Error(`git ${args.slice(0, 3).join(' ')} ended with ${code}: ${err.trim()}`)
    return out
  }

  async lines(args: readonly string[], more: GitInput = {}): Promise<string[]> {
    return (await this.text(args, more)).split('\n').filter(Boolean)
  }

  async succeeds(args: readonly string[], more: GitInput = {}): Promise<boolean> {
    return (await this.run(args, more)).code === 0
  }

  /** The objects with these names (hashes, refs, `ref:path`), in order; null for one that is not there. */
  async objects(names: readonly string[], more: GitInput = {}): Promise<(GitObject | null)[]> {
    if (names.length === 0) return []
    if (names.some((name) => name.includes('\n'))) return names.map(() => null)
    return readBatch(await this.bytes(['cat-file', '--batch'], { ...more, input: `${names.join('\n')}\n` }))
  }

  async object(name: string, more: GitInput = {}): Promise<GitObject | null> {
    return (await this.objects([name], more))[0] ?? null
  }

  /** The full hash of what a name stands for; null when nothing does. */
  async resolve(name: string): Promise<string | null> {
    if (name.startsWith('-') || name.includes('\n')) return null
    const { code, out } = await this.run(['rev-parse', '--verify', '--quiet', '--end-of-options', name])
    // Older releases print the separator too.
    return code === 0 ? (out.toString().trim().split('\n').at(-1) ?? null) : null
  }

  /** Stores an object and returns its hash. */
  async store(type: 'blob' | 'tree' | 'commit' | 'tag', body: string | Buffer): Promise<string> {
    return this.text(['hash-object', '-w', '--stdin', '-t', type], { input: body })
  }

  /** Works with an index of its own, which nobody else sees. */
  async withIndex<Result>(work: (env: Record<string, string>) => Promise<Result>): Promise<Result> {
    const file = join(this.folder, `index-${randomUUID()}`)
    try {
      // Some commands on an index want a work tree, though they touch none.
      return await work({ GIT_INDEX_FILE: file, GIT_DIR: this.folder, GIT_WORK_TREE: this.folder })
    } finally {
      rmSync(file, { force: true })
    }
  }

  async isAncestor(older: string, newer: string, more: GitInput = {}): Promise<boolean> {
    return this.succeeds(['merge-base', '--is-ancestor', older, newer], more)
  }

  async refs(): Promise<Map<string, string>> {
    const lines = await this.lines(['for-each-ref', '--format=%(objectname) %(refname)'])
    return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]))
  }
}

/** The bare repositories below one folder, named by number: a renaming moves nothing. */
export class GitStore {
  readonly environment: Record<string, string>
  readonly #folder: string

  constructor(folder: string, path: string) {
    this.#folder = folder
    this.environment = gitEnvironment(path)
    mkdirSync(folder, { recursive: true })
  }

  /** The folder under which `git http-backend` finds them. */
  get root(): string {
    return this.#folder
  }

  at(id: number): GitRepository {
    return new GitRepository(join(this.#folder, `${id}.git`), this.environment)
  }

  /** Makes an empty repository that has no number yet; `adopt` gives it one. */
  async draft(defaultBranch: string): Promise<GitRepository> {
    const draft = new GitRepository(join(this.#folder, `draft-${randomUUID()}`), this.environment)
    mkdirSync(draft.folder)
    await draft.bytes(['init', '--bare', '--quiet', '--template=', `--initial-branch=${defaultBranch}`])
    return draft
  }

  /** Gives a draft its number. What lies there is left of a creation that never came to be. */
  adopt(draft: GitRepository, id: number): void {
    const { folder } = this.at(id)
    rmSync(folder, { recursive: true, force: true })
    renameSync(draft.folder, folder)
  }

  /** Removes what kills have left: drafts, and repositories of which nobody knows. */
  sweep(known: ReadonlySet<number>): void {
    for (const name of readdirSync(this.#folder)) {
      const id = /^(\d+)\.git$/.exec(name)?.[1]
      if (id === undefined || !known.has(Number(id))) rmSync(join(this.#folder, name), { recursive: true, force: true })
    }
  }

  async remove(id: number): Promise<void> {
    await rm(this.at(id).folder, { recursive: true, force: true })
  }
}

function readBatch(out: Buffer): (GitObject | null)[] {
  const objects: (GitObject | null)[] = []
  for (let at = 0; at < out.length;) {
    const end = out.indexOf(10, at)
    const header = out.subarray(at, end).toString()
    const [, sha, type, size] = /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(header) ?? []
    at = end + 1
    if (sha === undefined || type === undefined) {
      objects.push(null)
      continue
    }
    objects.push({ sha, type, body: out.subarray(at, at + Number(size)) })
    at += Number(size) + 1
  }
  return objects
}
