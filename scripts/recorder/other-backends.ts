import { join, resolve } from 'node:path'
import { tell } from '../cli/output.ts'
import type { Settings } from '../cli/settings.ts'
import { effectiveWords, parseOptions } from './arguments.ts'
import type { Call } from './arguments.ts'
import { filesIn, leavesOf } from './configuration.ts'
import type { Pair } from './environment.ts'
import { parsePlainJson } from './members.ts'
import { attempt, textOfSmall } from './small-files.ts'
import type { OwnState } from './state-address.ts'

/** Of one file, in bytes. */
const largest = 8_000_000

/** Who opens a state where terraform has to be told a name and our token says the rest. */
export const someone = 'throughline'

/**
 * Where terraform may find a pair of ours. It sends what stands in an address nowhere else, but the pair of its
 * environment to every http backend that it meets. Null for nowhere; then the person is told.
 */
export function placeOf(state: OwnState, call: Call, env: NodeJS.ProcessEnv, settings: Settings): Pair['place'] | null {
  if (!state.isFixed) return 'address'
  const other = bringsPlan(call, env) ? 'a saved plan' : readsOthers(call, env) ? 'terraform_remote_state' : null
  if (other === null) return 'environment'
  if (!settings.isQuiet && !env['TF_HTTP_PASSWORD']) {
    const [why, way] = [`${other} may name another server`, 'take the address out of the backend']
    tell(`Throughline: terraform gets no password for the state ${state.name}, since ${why}: ${way}.`)
  }
  return null
}

/** Whether a plan is applied that may have been made with another backend. */
function bringsPlan(call: Call, env: NodeJS.ProcessEnv): boolean {
  if (call.command !== 'apply' && call.command !== 'destroy') return false
  const words = effectiveWords(call, env)
  const options = words && parseOptions(words)
  if (options === null) return words?.some((word) => !word.startsWith('-')) ?? true
  return options.plan !== null
}

/** Whether the configuration, or a module of it, may read another state. */
function readsOthers({ folder }: Call, env: NodeJS.ProcessEnv): boolean {
  const own = resolve(folder)
  const modules = modulesOf(own, env)
  if (modules === null) return true
  const files = [own, ...modules].flatMap((module) => filesIn(module).map((name) => join(module, name)))
  return files.some((file) => {
    const text = textOfSmall(file, largest)
    return text === null || attempt(() => unescaped(text), named).includes(named)
  })
}

const named = 'terraform_remote_state'

/** The folders of the modules that `init` has brought; null when they cannot be told for sure. */
function modulesOf(folder: string, env: NodeJS.ProcessEnv): string[] | null {
  const text = textOfSmall(join(resolve(folder, env['TF_DATA_DIR'] || '.terraform'), 'modules/modules.json'), largest)
  if (text === null) return []
  const root = parsePlainJson(text)
  // Go takes `dir` for `Dir`: whatever is a folder may be one of them.
  return root === undefined ? null : [...new Set(leavesOf(root))].map((path) => resolve(folder, path))
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8}))/g, (_, short, long) =>
    String.fromCodePoint(Number.parseInt(short ?? long, 16)),
  )
}
