import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Change } from './refs.ts'
import { zeros } from './repository.ts'
import type { GitRepository } from './repository.ts'

/** Moves refs in git, all or none, each from where it is said to be. */
export async function updateRefs(git: GitRepository, changes: readonly Change[]): Promise<boolean> {
  const lines = changes.map(({ ref, before, after }) =>
    after === null ? `delete ${ref} ${before ?? zeros}` : `update ${ref} ${after} ${before ?? zeros}`,
  )
  return git.succeeds(['update-ref', '--stdin'], { input: `start\n${lines.join('\n')}\ncommit\n` })
}

/**
 * Does after a kill what was to be done before it. The git command of the killed server may have done it, may still be
 * doing it, or may have died with its lock in hand.
 */
export async function moveAgain(git: GitRepository, changes: readonly Change[]): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const actual = await git.refs()
    if (changes.every(({ ref, after }) => (actual.get(ref) ?? null) === after)) return
    if (await updateRefs(git, changes)) return
    removeOldLocks(git.folder)
    await pause(50)
  }
}

/** No git command of ours holds a lock this long. */
const oldLock = 2_000

function removeOldLocks(folder: string): void {
  for (const name of readdirSync(join(folder, 'refs'), { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, 'refs', name)
    if (name.endsWith('.lock') && Date.now() - statSync(file).mtimeMs > oldLock) rmSync(file, { force: true })
  }
}
