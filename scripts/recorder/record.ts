import { basename } from 'node:path'
import type { Run as RunCommand } from '../cli/command.ts'
import { tell } from '../cli/output.ts'
import { readSettings } from '../cli/settings.ts'
import type { Access, Settings } from '../cli/settings.ts'
import { effectiveWords, isSet, parseCall, parseOptions } from './arguments.ts'
import type { Call } from './arguments.ts'
import { chooseSteps } from './choice.ts'
import type { Outcome as Delivered } from './delivery.ts'
import { homeFor } from './home.ts'
import { deliverLeftovers } from './leftovers.ts'
import { passThrough } from './pass-through.ts'
import { Recording } from './recording.ts'
import type { Outcome } from './recording.ts'
import { writeReport } from './report-file.ts'
import { Run } from './run.ts'
import type { Assignment } from './run.ts'
import { Signals } from './signals.ts'
import { applySaved, planAndApply, planOnly, runWhole } from './steps.ts'
import { endLike, findProgram } from './terraform.ts'

/** The commands that are recorded, and as which operation. All others only pass through. */
const operations: ReadonlyMap<string, string> = new Map([
  ['plan', 'plan'],
  ['apply', 'apply'],
  ['destroy', 'destroy'],
  ['refresh', 'refresh'],
  ['import', 'import'],
  ['taint', 'taint'],
  ['untaint', 'untaint'],
  ['state mv', 'state-mv'],
  ['state rm', 'state-rm'],
  ['state push', 'state-push'],
  ['state replace-provider', 'other'],
])

/** How long the terminal waits after terraform has ended for a server that takes nothing, and for one that takes much. */
const patience = { silentMs: 5000, totalMs: 30_000 } as const
/** How long it waits for what earlier runs have left, in milliseconds. */
const leftoversMs = 5000

/** `throughline terraform …`: runs terraform, and records what it does. Its exit code is ours. */
export const runTerraform: RunCommand = async (words) => {
  const { env } = process
  const settings = readSettings(env)
  const program = findProgram(settings.terraform, env)
  if (program === null) {
    tell(`${settings.terraform} is nowhere on the PATH: install Terraform, or name another with THROUGHLINE_TERRAFORM.`)
    return 127
  }
  const call = parseCall(words)
  const operation = call.isQuestion ? undefined : operations.get(call.command)
  const access = accessIn(settings)
  if (operation !== undefined && access !== null)
    return record(assignmentFor(call, operation, program, settings, access))
  if (operation !== undefined && !settings.isQuiet) {
    const missing = settings.url === null ? 'THROUGHLINE_URL' : 'THROUGHLINE_TOKEN'
    tell(`Throughline records nothing: ${missing} is not set.`)
  }
  return endLike(await passThrough({ call, program, settings, env }, new Signals()))
}

function accessIn({ url, token }: Settings): Access | null {
  return url === null || token === null ? null : { url, token }
}

function assignmentFor(call: Call, operation: string, program: string, settings: Settings, access: Access): Assignment {
  const { env } = process
  const words = effectiveWords(call, env)
  const options = words && parseOptions(words)
  return {
    call,
    words: words ?? call.args,
    options,
    operation: operation === 'apply' && options !== null && isSet(options, 'destroy') ? 'destroy' : operation,
    program,
    tool: basename(program).includes('tofu') ? 'opentofu' : 'terraform',
    settings,
    access,
    env,
    home: homeFor(env),
  }
}

/** Whatever is wrong with us, terraform runs, and its end is ours. */
async function record(assignment: Assignment): Promise<number> {
  process.on('uncaughtException', complain)
  const signals = new Signals()
  const recording = await begin(assignment, signals)
  if (recording === null) {
    const { call, program, settings, env } = assignment
    return endLike(await passThrough({ call, program, settings, env }, signals))
  }
  const ended = takeSteps(recording)
  // Terraform has been started by now.
  recording.run.lookUpSource()
  const outcome = await ended
  await finish(recording, outcome).catch(complain)
  signals.end()
  return endLike(outcome)
}

async function begin(assignment: Assignment, signals: Signals): Promise<Recording | null> {
  try {
    const run = new Run(assignment)
    return new Recording(run, signals, await run.begin())
  } catch (error) {
    complain(error)
    return null
  }
}

async function finish(recording: Recording, outcome: Outcome): Promise<void> {
  const { run } = recording
  await run.end(recording.report(outcome))
  const delivered = await run.sender.drain(patience)
  const { settings } = run.assignment
  if (settings.report !== null) writeReport(settings.report, recording)
  if (!settings.isQuiet) tell(sentenceFor(run, delivered))
  if (delivered.kind === 'delivered') await deliverLeftovers(run.assignment.home, run.server, leftoversMs)
  run.server.close()
}

function complain(error: unknown): void {
  tell(`Throughline: the record is not whole: ${error instanceof Error ? error.message : String(error)}`)
}

async function takeSteps(recording: Recording): Promise<Outcome> {
  const { assignment, configuration, initialised } = recording.run
  const steps = chooseSteps(assignment.call, assignment.options, configuration, initialised)
  if (steps.kind === 'saved') return applySaved(recording, steps.plan)
  if (steps.kind === 'plan') return planOnly(recording, steps.options)
  return steps.kind === 'whole' ? runWhole(recording) : planAndApply(recording, steps.options)
}

/** What the person is told at the end. */
function sentenceFor({ sender, spool, server, assignment }: Run, { kind, reason }: Delivered): string {
  const id = sender.known?.id ?? 'this run'
  const refused = `was refused and is kept in ${assignment.home}/rejected. ${reason}`
  if (kind === 'delivered') {
    const part = reason === '' ? '' : ` A part of its record ${refused}`
    return `Throughline: ${id} ${server.url}/api/deployments/${id}${part}`
  }
  if (kind === 'rejected') return `Throughline: ${id} ${refused}`
  if (spool.isVolatile) return `Throughline: ${id} is not recorded: ${reason}, and no disk keeps it.`
  const why = kind === 'denied' ? `THROUGHLINE_TOKEN is refused (${reason})` : `${server.url} is away (${reason})`
  return `Throughline: ${id} is kept in ${spool.folder}: ${why}. \`throughline deliver\` sends it later.`
}
