import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { constants } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Refusal } from '../../scripts/embedded/refusal.ts'
import { Signals, passOn } from '../../scripts/recorder/signals.ts'
import { demandsOf } from './folder.ts'
import { startStandIn } from './stand-in.ts'

const usage = 'Use it as: node localcloud/terraform/main.ts [-chdir=FOLDER | -stacks=FOLDER] -- terraform plan'

/**
 * Runs a program with providers that run here instead of downloaded ones: in a folder with Terraform's JSON, or where one
 * stands, for all folders with such in a folder. @returns its exit code
 */
export async function run(given: readonly string[], cacheFolder: string, env: NodeJS.ProcessEnv): Promise<number> {
  const { folder, wanted, program, args } = readArguments(given)
  const standIn = await startStandIn(demandsOf(wanted), { cacheFolder, env })
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
  const { values } = parseArgs({
    args: own,
    options: { chdir: { type: 'string', default: '.' }, stacks: { type: 'string' } },
  })
  if (program === undefined) throw new Refusal(usage)
  const folder = resolve(values.chdir)
  return { folder, wanted: values.stacks === undefined ? [folder] : foldersIn(resolve(values.stacks)), program, args }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    throw new Refusal(`There is no folder ${folder}: synthesise first.`)
  }
}
