import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SettingsProblem } from './schema/settings.ts'
import type { SettingsInput } from './schema/settings.ts'

/** Reads what the owner has written. @throws SettingsProblem with the line when it is no TypeScript, or fails. */
export async function readSettings(): Promise<SettingsInput> {
  try {
    return (await import('./settings.ts')).settings
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new SettingsProblem(`${placeIn(error)}: ${error.message}`, { cause: error })
  }
}

/** The first line that a trace names: `stacks/settings.ts:12`. */
function placeIn({ stack = '' }: Error): string {
  const [, file, line] = /(file:\/\/\/[^\s:)]+):(\d+)/.exec(stack) ?? []
  const root = fileURLToPath(new URL('..', import.meta.url))
  return file === undefined ? 'stacks/settings.ts' : `${relative(root, fileURLToPath(file))}:${line}`
}
