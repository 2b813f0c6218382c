import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../../stacks/schema/settings.ts'
import { Account } from '../account/api.ts'
import { ownSettings, placeIn } from '../account/settings.ts'
import { takeFolder } from '../embedded/folder.ts'
import { Refusal } from '../embedded/refusal.ts'
import { synthesise } from '../stacks/choice.ts'
import { stateOf } from '../stacks/synthesised.ts'
import type { Stack } from '../stacks/synthesised.ts'

const root = join(import.meta.dirname, '../..')

/** What all steps know. */
export type World = {
  readonly env: NodeJS.ProcessEnv
  readonly settings: Settings
  readonly account: Account
  /** The stack of the platform, as it was synthesised. */
  readonly stack: Stack
  /** The name of its state on the control plane. */
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
  const settings = ownSettings()
  const account = new Account(placeIn(settings, env))
  const folder = folderOf(account.place.id)
  const taken = isDry ? null : takeFolder(folder, inUse)
  const scratch = isDry ? mkdtempSync(join(tmpdir(), 'throughline-bootstrap-')) : emptied(join(folder, 'scratch'))
  try {
    // Where the control plane will be asked has nothing to do with where another answers, which the shell may name.
    const unnamed = { ...env, THROUGHLINE_URL: '', WORKER_URL: '' }
    const stack = synthesise(unnamed, join(scratch, 'stacks')).find(({ name }) => name === 'cloudflare')
    if (!stack) throw new Refusal('There is no stack "cloudflare".')
    const state = new URL(stateOf(stack)).pathname.replace(/^.*?\/state\//, '')
    await work({ env, settings, account, stack, state, folder, scratch, isDry })
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
