import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Cloud } from '../cloud.ts'

/** Removes what the objects of classes that are gone have stored. The runtime must not run them any more. */
export function dropObjects({ folder }: Pick<Cloud, 'folder'>, classes: readonly { readonly id: string }[]): void {
  for (const { id } of classes) rmSync(join(folder, 'runtime', 'objects', id), { recursive: true, force: true })
}
