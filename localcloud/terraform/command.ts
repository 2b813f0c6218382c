import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Refusal } from '../../scripts/embedded/refusal.ts'
import { Signals, passOn } from '../../scripts/recorder/signals.ts'
import { demandsOf } from './folder.ts'
import { startStandIn } from './stand-in.ts'

const usage = 'Use it as: node localcloud/terraform/main.ts [-chdir=FOLDER] -- terraform plan'

/** Runs a program in a folder, with providers that run here instead of downloaded ones. @returns its exit code */
export async function run(given: readonly string[], cacheFolder: string, env: NodeJS.ProcessEnv): Promise<number> {
  const { folder, program, args } = readArguments(given)
  const standIn = await startStandIn(demandsOf(folder), { cacheFolder, env })
  const signals = new Signals()
  const child = spawn(program, args, { cwd: folder, stdio: 'inherit', env: { ...env, ...standIn.env } })
  try {
    return await new Promise<number>((done, fail) => {
      child.on('error', () => fail(new Refusal(`${program} cannot be started: is it installed?`)))
      child.on('spawn', () => signals.listen(passOn(child.pid ?? 0, () => 0)))
      child.on('close', (code, signal) => done(code ?? 128 + (signal ? constants.signals[signal] : 0)))
    })
  } finally {
    signals.end()
    standIn.stop()
  }
}

function readArguments(given: readonly string[]) {
  const end = given.indexOf('--')
  const [program, ...args] = end < 0 ? [] : given.slice(end + 1)
  // Terraform's options have one dash.
  const own = given.slice(0, Math.max(end, 0)).map((each) => each.replace(/^-(?=\w)/, '--'))
  const { values } = parseArgs({ args: own, options: { chdir: { type: 'string', default: '.' } } })
  if (program === undefined) throw new Refusal(usage)
  return { folder: resolve(values.chdir), program, args }
}
