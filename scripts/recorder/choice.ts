import { isSet } from './arguments.ts'
import type { Call, Options } from './arguments.ts'
import type { Configuration } from './configuration.ts'
import type { Initialised } from './state-address.ts'

/** How a command is run: as it is, or in steps between which its plan is read. */
export type Steps =
  | { readonly kind: 'whole' }
  | { readonly kind: 'saved'; readonly plan: string }
  | { readonly kind: 'plan' | 'plan and apply'; readonly options: Options }

const whole: Steps = { kind: 'whole' }

/** Takes a command apart only where the person is surely shown, asked and given the same. */
export function chooseSteps(
  call: Call,
  options: Options | null,
  configuration: Configuration,
  initialised: Initialised,
): Steps {
  if (options === null || isElsewhere(initialised) || configuration.hasEphemeral) return whole
  if (call.command === 'plan') return mayPlan(options) ? { kind: 'plan', options } : whole
  if (call.command !== 'apply' && call.command !== 'destroy') return whole
  if (options.plan !== null) return { kind: 'saved', plan: options.plan }
  return mayApply(options) ? { kind: 'plan and apply', options: withMode(call, options) } : whole
}

/** These plan on a server of their own; one that cannot be told may be one of them. Values of ephemeral variables are in no plan, and would be asked for again. */
function isElsewhere({ kind }: Initialised): boolean {
  return kind === 'remote' || kind === 'cloud' || kind === ''
}

function mayPlan(options: Options): boolean {
  return options.plan === null && !hasAny(options, ['auto-approve', 'generate-config-out'])
}

function mayApply(options: Options): boolean {
  const isAsked = !isSet(options, 'auto-approve')
  return !hasAny(options, ['out', 'detailed-exitcode', 'generate-config-out']) && !(isAsked && isSet(options, 'json'))
}

function hasAny({ flags }: Options, names: readonly string[]): boolean {
  return flags.some(({ name }) => names.includes(name))
}

function withMode({ command }: Call, options: Options): Options {
  if (command !== 'destroy') return options
  return { ...options, flags: [...options.flags, { name: 'destroy', value: null, words: ['-destroy'] }] }
}
