import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal, codeOf } from './refusal.ts'
import { sqlite } from './sqlite.ts'

/** A data folder that is ours alone until `release`. */
export type Folder = { readonly path: string; readonly release: () => void }

/** What a server stores are states and tokens: nobody else on the machine reads the files of this process. */
export function keepFilesPrivate(): void {
  process.umask(0o077)
}

/**
 * Makes the folder, proves that it can be written, and locks it. The lock is SQLite's own on `server.lock`: the system
 * drops it when the process ends in whatever way, so a kill leaves nothing to clean up.
 * @param inUse what is said when somebody else has it
 */
export function takeFolder(path: string, inUse: (path: string) => string = serverInUse): Folder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const probe = join(path, `.writable-${process.pid}`)
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (error) {
    throw new Refusal(`The data folder ${path} cannot be written (${codeOf(error)}): choose another with DATA_DIR.`)
  }
  const { DatabaseSync } = sqlite()
  const lock = new DatabaseSync(join(path, 'server.lock'))
  try {
    lock.exec('begin exclusive')
  } catch {
    lock.close()
    throw new Refusal(inUse(path))
  }
  return { path, release: () => lock.close() }
}

function serverInUse(path: string): string {
  return `Another Throughline server is using the data folder ${path}: stop it, or choose another DATA_DIR.`
}
