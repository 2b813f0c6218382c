import { resolve } from 'node:path'
import { Server, reasonIn } from '../cli/api.ts'
import { tell } from '../cli/output.ts'
import type { Settings } from '../cli/settings.ts'
import type { Call } from './arguments.ts'
import { readConfiguration } from './configuration.ts'
import { childEnvironment, newTraceparent } from './environment.ts'
import type { Pair, StateAccess } from './environment.ts'
import { memberOf, parseJson } from './members.ts'
import { placeOf, someone } from './other-backends.ts'
import { passOn } from './signals.ts'
import type { Signals } from './signals.ts'
import { ownState, readInitialised } from './state-address.ts'
import type { OwnState } from './state-address.ts'
import { runBare } from './terraform.ts'
import type { Ending } from './terraform.ts'

export type Passage = {
  readonly call: Call
  readonly program: string
  readonly settings: Settings
  readonly env: NodeJS.ProcessEnv
}

/** The commands that open a state. */
const opening: ReadonlySet<string> = new Set([
  'plan',
  'apply',
  'destroy',
  'refresh',
  'import',
  'taint',
  'untaint',
  'init',
  'output',
  'show',
  'console',
  'graph',
  'providers',
  'providers schema',
  'force-unlock',
  'state list',
  'state show',
  'state pull',
  'state identities',
  'state mv',
  'state rm',
  'state push',
  'state replace-provider',
])

/** How long the start of terraform waits for a password, in milliseconds. */
const patienceMs = 2000

const interrupted: Ending = { code: 130, signal: null }

/** Runs terraform without a record, with what it needs to reach a state on our server. */
export async function passThrough({ call, program, settings, env }: Passage, signals: Signals): Promise<Ending> {
  const args = [...call.globals, ...(call.command === '' ? [] : call.command.split(' ')), ...call.args]
  const access = await accessFor(call, settings, env)
  if (signals.count > 0) return interrupted
  const child = runBare({ program, args, env: childEnvironment(env, access, newTraceparent(env['TRACEPARENT'])) })
  const ignore = signals.listen(passOn(child.pid, () => 0))
  const ending = await child.ended
  ignore()
  signals.end()
  return ending
}

async function accessFor(call: Call, settings: Settings, env: NodeJS.ProcessEnv): Promise<StateAccess | null> {
  const folder = resolve(call.folder)
  if (call.command === 'init' && namesBackend(call, env)) return null
  const state = ownState(settings, env, readInitialised(env, folder), readConfiguration(folder))
  if (state === null) return null
  return { address: state.address, pair: await pairFor(state, call, settings, env) }
}

async function pairFor(state: OwnState, call: Call, settings: Settings, env: NodeJS.ProcessEnv): Promise<Pair | null> {
  const given = env['TF_HTTP_PASSWORD']
  if (given) return { username: env['TF_HTTP_USERNAME'] || someone, password: given, place: 'environment' }
  const place = !call.isQuestion && opening.has(call.command) ? placeOf(state, call, env, settings) : null
  const password = place && (await borrow(state.name, settings))
  return place && password ? { username: someone, password, place } : null
}

/** Whether arguments, also those in the environment however they are quoted, bring a backend that no file here names. */
function namesBackend({ args }: Call, env: NodeJS.ProcessEnv): boolean {
  const added = Object.entries(env).filter(([name]) => name.startsWith('TF_CLI_ARGS'))
  const words = [...args, ...added.map(([, value = '']) => value.replaceAll(/["'\\]/g, ''))]
  return words.some((word) => /-(?:backend-config|from-module)/.test(word))
}

/** A password that opens one state for a few minutes. Nothing else of ours goes to terraform and all that it starts. */
async function borrow(name: string, { url, token, isQuiet }: Settings): Promise<string | null> {
  if (url === null || token === null) return null
  const server = new Server({ url, token })
  const call = { method: 'POST', signal: AbortSignal.timeout(patienceMs) } as const
  const answer = await server.ask(`/api/states/${encodeURIComponent(name)}/token`, call).catch(() => null)
  server.close()
  const lent = answer?.status === 201 ? memberOf(parseJson(answer.body), 'token') : null
  if (typeof lent === 'string') return lent
  const why = answer === null ? `${url} is away.` : reasonIn(answer)
  if (!isQuiet) tell(`Throughline: terraform gets no password for the state ${name}: ${why}`)
  return null
}
