import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describeMissing } from '../../stacks/required-variables.ts'
import { Refusal } from '../embedded/refusal.ts'
import { stateOf } from './synthesised.ts'
import type { Stack } from './synthesised.ts'

const recorder = join(import.meta.dirname, '../throughline')

/** Says all variables at once that some of the stacks need and nobody has set. */
export function refuseMissing(stacks: readonly Stack[], env: NodeJS.ProcessEnv): void {
  const missing = describeMissing(Object.fromEntries(stacks.map(({ name, document }) => [name, document])), env)
  if (missing !== null) throw new Refusal(missing)
}

/**
 * Runs the recorded terraform in the folder of a stack. `init` is heard only when it fails: what it advises is for people
 * who go on by hand.
 * @throws Refusal when it fails; terraform has said why.
 */
export async function terraform(stack: Stack, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  await exitOf(stack, args, env, [0])
}

/** Plans into a file. @returns whether there is something to apply. */
export async function planInto(file: string, stack: Stack, env: NodeJS.ProcessEnv): Promise<boolean> {
  const args = ['plan', '-input=false', '-lock-timeout=5m', '-detailed-exitcode', `-out=${file}`]
  return (await exitOf(stack, args, env, [0, 2])) === 2
}

async function exitOf(
  stack: Stack,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  expected: readonly unknown[],
): Promise<unknown> {
  const isQuiet = args[0] === 'init'
  const child = spawn(recorder, ['terraform', ...args], {
    cwd: stack.folder,
    env: recordedIn(stack, env),
    stdio: ['inherit', isQuiet ? 'pipe' : 'inherit', isQuiet ? 'pipe' : 'inherit'],
  })
  const heard = Promise.all([child.stdout, child.stderr].map(async (stream) => (stream ? text(stream) : '')))
  const forward = () => child.kill('SIGTERM')
  process.on('SIGINT', waitForTerraform).on('SIGTERM', forward)
  try {
    const [status, signal]: unknown[] = await once(child, 'close')
    if (expected.includes(status)) return status
    process.stderr.write((await heard).join(''))
    throw new Refusal(`${stack.name}: terraform ${args[0]} ended with ${String(signal ?? status)}.`)
  } finally {
    process.off('SIGINT', waitForTerraform).off('SIGTERM', forward)
  }
}

/** The terminal interrupts terraform as well, which then gives its lock back: it must not be left alone with that. */
function waitForTerraform(): void {}

/** The server that keeps the state is the one that records the run. Nobody is to apply a plan that is gone at the end. */
function recordedIn(stack: Stack, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const [url] = stateOf(stack).split('/state/')
  return { THROUGHLINE_URL: url, TF_HTTP_USERNAME: 'throughline', TF_IN_AUTOMATION: '1', ...env }
}
