import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../../stacks/schema/settings.ts'
import { Account } from '../account/api.ts'
import { ownSettings, placeIn } from '../account/settings.ts'
import { takeFolder } from '../embedded/folder.ts'

/** The stack that has what the Worker binds. */
export const platformStack = 'cloudflare'

const root = join(import.meta.dirname, '../..')

/** What all steps know. */
export type World = {
  readonly env: NodeJS.ProcessEnv
  readonly settings: Settings
  readonly account: Account
  /** The name of the platform's state on the control plane. */
  readonly state: string
  /** What is kept on this machine until the control plane has it, and the owner's token; mode 700. */
  readonly folder: string
  /** Gone at the end: where Terraform works. */
  readonly scratch: string
  readonly isDry: boolean
}

/** The folder of an account. What is bootstrapped elsewhere has nothing to do with it. */
export function folderOf(accountId: string): string {
  return join(root, '.bootstrap', accountId)
}

/** Does something in a world whose traces are removed. Where nothing may change, nothing is written below the project. */
export async function inWorld(env: NodeJS.ProcessEnv, isDry: boolean, work: (world: World) => Promise<void>) {
  const settings = await ownSettings()
  const account = new Account(placeIn(settings, env))
  const folder = folderOf(account.place.id)
  const taken = isDry ? null : takeFolder(folder, inUse)
  const scratch = isDry ? mkdtempSync(join(tmpdir(), 'throughline-bootstrap-')) : emptied(join(folder, 'scratch'))
  try {
    const state = `${settings.project}/${platformStack}`
    await work({ env, settings, account, state, folder, scratch, isDry })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
    taken?.release()
  }
}

/** A run that was killed has left what a plan holds. */
function emptied(folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

const inUse = (path: string) => `Another bootstrap works in ${path}: wait for its end.`
