import { resolve } from 'node:path'
import type { Settings } from '../cli/settings.ts'
import type { Call } from './arguments.ts'
import { readConfiguration } from './configuration.ts'
import { childEnvironment, newTraceparent } from './environment.ts'
import { passOn } from './signals.ts'
import type { Signals } from './signals.ts'
import { ownState, readInitialised } from './state-address.ts'
import { runBare } from './terraform.ts'
import type { Ending } from './terraform.ts'

export type Passage = {
  readonly call: Call
  readonly program: string
  readonly settings: Settings
  readonly env: NodeJS.ProcessEnv
}

/** Runs terraform without a record, with what it needs to reach a state on our server. */
export async function passThrough({ call, program, settings, env }: Passage, signals: Signals): Promise<Ending> {
  const args = [...call.globals, ...(call.command === '' ? [] : call.command.split(' ')), ...call.args]
  const child = runBare({ program, args, env: environmentFor(call, settings, env) })
  const ignore = signals.listen(passOn(child.pid, () => 0))
  const ending = await child.ended
  ignore()
  signals.end()
  return ending
}

function environmentFor(call: Call, settings: Settings, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = resolve(call.folder)
  const { token } = settings
  const isElsewhere = call.args.some((word) => /^--?backend-config/.test(word))
  const state = ownState(settings, env, readInitialised(env, folder), readConfiguration(folder))
  const username = env['TF_HTTP_USERNAME'] || 'throughline'
  const password = env['TF_HTTP_PASSWORD'] || token
  const access = state && password && !isElsewhere ? { address: state.address, username, password } : null
  return childEnvironment(env, access, newTraceparent(env['TRACEPARENT']))
}
