import { readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Removes a folder of files, as far as it is there. Node's own recursion takes ten times as long to load. */
export function removeFolder(folder: string): void {
  try {
    for (const name of readdirSync(folder)) unlinkSync(join(folder, name))
    rmdirSync(folder)
  } catch {
    // Somebody else is removing it, or it cannot be removed.
  }
}
