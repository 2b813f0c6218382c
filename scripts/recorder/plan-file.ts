import { closeSync, openSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder, removeFolder } from './folder.ts'
import { isGone, ownIdentity } from './owner.ts'

/** A place for a saved plan, which holds secrets, that only this user can read. */
export type PlanFile = { readonly path: string; readonly remove: () => void }

/** Makes the place; null when no disk takes it. */
export function makePlanFile(home: string): PlanFile | null {
  return makeIn(join(home, 'plans')) ?? makeIn(join(tmpdir(), `throughline-plans-${process.getuid?.() ?? ''}`))
}

function makeIn(parent: string): PlanFile | null {
  try {
    makeFolder(parent)
    // Others may plant a folder of this name where everybody can write.
    const { uid, mode } = statSync(parent)
    if (uid !== (process.getuid?.() ?? uid) || (mode & 0o077) !== 0) return null
    const folder = join(parent, ownIdentity())
    makeFolder(folder)
    const path = join(folder, 'plan')
    closeSync(openSync(path, 'w', 0o600))
    return { path, remove: () => removeFolder(folder) }
  } catch {
    return null
  }
}

/** Removes the plans of recorders that were killed. */
export function removeLeftPlans(home: string): void {
  for (const parent of [join(home, 'plans'), join(tmpdir(), `throughline-plans-${process.getuid?.() ?? ''}`)]) {
    try {
      for (const name of readdirSync(parent)) removeIfLeft(join(parent, name), name)
    } catch {
      // There is none, or another recorder is removing the same.
    }
  }
}

function removeIfLeft(folder: string, owner: string): void {
  if (isGone(owner, Date.now() - statSync(folder).mtimeMs)) removeFolder(folder)
}
