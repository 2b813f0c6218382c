import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { nearest } from '../cli/nearest.ts'
import { Refusal } from '../embedded/refusal.ts'
import { readStacks } from './synthesised.ts'
import type { Stack } from './synthesised.ts'

const root = join(import.meta.dirname, '../..')

/** Synthesises, in a process of its own because cdktf is needed for nothing else, and reads what came out. */
export function synthesise(env: NodeJS.ProcessEnv, outdir = join(root, 'cdktf.out')): Stack[] {
  const main = join(root, 'stacks/main.ts')
  const { status } = spawnSync(process.execPath, ['--disable-warning=DEP0044', main], {
    env: { ...env, CDKTF_OUTDIR: outdir },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Refusal('Nothing was planned.')
  return readStacks(outdir)
}

/** The named ones, or all. */
export function choose(stacks: readonly Stack[], names: readonly string[]): readonly Stack[] {
  const known = stacks.map(({ name }) => name)
  for (const name of names) {
    if (known.includes(name)) continue
    const meant = nearest(name, known)
    throw new Refusal(
      `There is no stack "${name}"; ${meant === null ? `there is ${known.join(', ')}` : `did you mean ${meant}?`}`,
    )
  }
  return names.length === 0 ? stacks : stacks.filter(({ name }) => names.includes(name))
}
