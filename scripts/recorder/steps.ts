import { statSync } from 'node:fs'
import { tell } from '../cli/output.ts'
import { isSet, valueOf, wordsFor } from './arguments.ts'
import type { Options } from './arguments.ts'
import { errorText, planTrailer } from './console-text.ts'
import type { Voice } from './console-text.ts'
import { withoutArguments } from './environment.ts'
import type { Operation } from './operation.ts'
import { makePlanFile } from './plan-file.ts'
import type { PlanFile } from './plan-file.ts'
import { askApproval } from './prompt.ts'
import type { Answer, Question, Talk } from './prompt.ts'
import { outcomeOf } from './recording.ts'
import type { Outcome, Recording } from './recording.ts'
import { savedPlanFilter } from './saved-plan-stream.ts'

/** What terraform takes for the width of what is no terminal. */
const pipeColumns = 78

/** Runs a command as it was typed. */
export async function runWhole(recording: Recording): Promise<Outcome> {
  const { call, operation: kind } = recording.run.assignment
  const operation = recording.operation(kind)
  // Nobody will tell which of the values given to variables are secret.
  recording.releaseWithoutPlan()
  const done = await operation.run(recording.invocation([...call.command.split(' '), ...call.args]))
  operation.conclude()
  return outcomeOf(done, operation)
}

/** Runs the apply of a plan that the person has saved. */
export async function applySaved(recording: Recording, plan: string): Promise<Outcome> {
  const { call, operation: kind } = recording.run.assignment
  const operation = recording.operation(kind)
  recording.run.transcript.hold()
  const [done] = await Promise.all([
    operation.run(recording.invocation([call.command, ...call.args])),
    recording.recordPlan(operation, plan, withoutArguments(recording.env)),
  ])
  operation.conclude()
  return outcomeOf(done, operation)
}

/** Runs a plan, and keeps it in a private file unless the person wants it elsewhere. */
export async function planOnly(recording: Recording, options: Options): Promise<Outcome> {
  const out = valueOf(options, 'out')
  const file = out === null ? makePlanFile(recording.run.assignment.home) : { path: out, remove: () => undefined }
  if (file === null) return runWhole(recording)
  try {
    return await planInto(recording, options, file, out === null)
  } finally {
    file.remove()
  }
}

async function planInto(recording: Recording, options: Options, file: PlanFile, isOurs: boolean): Promise<Outcome> {
  const operation = recording.operation('plan')
  const done = await runPlan(recording, operation, options, isOurs ? file.path : null)
  const hasChanges = done.code === 2
  const isBare = isOurs && hasChanges && !isSet(options, 'json') && !recording.env['TF_IN_AUTOMATION']
  if (isBare) talkIn(operation).say('stdout', planTrailer(voiceOf(recording, options), columns()))
  await recordIfThere(recording, operation, file)
  operation.conclude(true)
  const outcome = outcomeOf(done, operation, true)
  if (isOurs && outcome.status === 'failed') return orAgain(recording, outcome)
  return hasChanges && !isSet(options, 'detailed-exitcode') ? { ...outcome, code: 0 } : outcome
}

/** Plans, asks, applies: what terraform does in one call, in its own words. */
export async function planAndApply(recording: Recording, options: Options): Promise<Outcome> {
  const file = makePlanFile(recording.run.assignment.home)
  if (file === null) return runWhole(recording)
  try {
    const operation = recording.operation('plan')
    const planned = await runPlan(recording, operation, options, file.path)
    let reading: Promise<void> | null = null
    const read = async () =>
      (reading ??= recordIfThere(recording, operation, file).then(() => operation.conclude(true)))
    if (planned.code !== 0 && planned.code !== 2) {
      await read()
      return await orAgain(recording, outcomeOf(planned, operation))
    }
    const refusal = await approve(recording, operation, options, planned.code === 2, read)
    if (refusal) {
      await read()
      return refusal
    }
    return await orAgain(recording, await applyPrivate(recording, options, file.path, read))
  } finally {
    file.remove()
  }
}

/** What terraform says where it would not have failed in one call: it locks the state before it plans, and needs no file. */
const ours: readonly (readonly [RegExp, string])[] = [
  [/^Saved plan is stale$/, 'the state has changed since the plan was made'],
  [/^Failed to (?:write plan file$|load ".*" as a plan file$)/, 'the plan found no room on the disk'],
]

/** The outcome, unless it failed because of us: then nothing is changed yet, and terraform does it alone. */
async function orAgain(recording: Recording, outcome: Outcome): Promise<Outcome> {
  const [, why] = ours.find(([error]) => error.test(outcome.reason ?? '')) ?? []
  if (why === undefined) return outcome
  tell(`Throughline: ${why}; terraform starts again.`)
  return runWhole(recording)
}

async function applyPrivate(
  recording: Recording,
  options: Options,
  file: string,
  read: () => Promise<void>,
): Promise<Outcome> {
  const operation = recording.operation(recording.run.assignment.operation)
  const words = ['apply', ...wordsFor('apply', options), file]
  const isDestroy = recording.run.assignment.call.command === 'destroy'
  const filter = savedPlanFilter({ isJson: isSet(options, 'json'), isDestroy })
  // The apply starts first: it is what somebody waits for.
  const [done] = await Promise.all([
    operation.run(recording.invocation(words, withoutArguments(recording.env)), filter),
    read(),
  ])
  operation.conclude()
  return outcomeOf(done, operation)
}

/** Null when terraform may go on. @param read reads the plan, while the person is asked */
async function approve(
  recording: Recording,
  operation: Operation,
  options: Options,
  hasChanges: boolean,
  read: () => Promise<void>,
): Promise<Outcome | null> {
  const { signals } = recording
  const voice = voiceOf(recording, options)
  const talk = talkIn(operation)
  if (signals.count > 0) {
    talk.say('stderr', errorText('execution halted', voice))
    return refusalOf({ kind: 'interrupted', signal: null })
  }
  if (!hasChanges || isSet(options, 'auto-approve')) return null
  void read()
  const mode = isSet(options, 'destroy') ? 'destroy' : isSet(options, 'refresh-only') ? 'refresh' : 'apply'
  const question: Question = { mode, voice, workspace: recording.run.initialised.workspace }
  return refusalOf(await askApproval(question, signals, talk))
}

const refusals: Readonly<Record<Exclude<Answer['kind'], 'approved'>, Pick<Outcome, 'status' | 'reason'>>> = {
  declined: { status: 'canceled', reason: 'Nobody approved the plan.' },
  interrupted: { status: 'canceled', reason: 'Interrupted.' },
  failed: { status: 'failed', reason: 'Nobody could be asked for approval.' },
}

function refusalOf(answer: Answer): Outcome | null {
  if (answer.kind === 'approved') return null
  const signal = answer.kind === 'interrupted' ? answer.signal : null
  return { code: 1, signal, ...refusals[answer.kind] }
}

/** Plans. Terraform is told not to explain what to do with the file that we have asked for. */
async function runPlan(recording: Recording, operation: Operation, options: Options, file: string | null) {
  recording.run.transcript.hold()
  const out = file === null ? [] : [`-out=${file}`]
  const quiet = file === null ? {} : { TF_IN_AUTOMATION: '1' }
  const env = { ...withoutArguments(recording.env), ...quiet }
  return operation.run(recording.invocation(['plan', '-detailed-exitcode', ...out, ...wordsFor('plan', options)], env))
}

/** Terraform leaves the file empty when it could not plan at all. */
async function recordIfThere(recording: Recording, operation: Operation, { path }: PlanFile): Promise<void> {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === 0) return recording.releaseWithoutPlan()
  return recording.recordPlan(operation, path, withoutArguments(recording.env))
}

function voiceOf({ run }: Recording, options: Options): Voice {
  return { isColored: !isSet(options, 'no-color'), tool: run.assignment.tool }
}

function columns(): number {
  return process.stdout.isTTY ? process.stdout.columns : pipeColumns
}

/** Speaks to the person as terraform would, and has it recorded. */
function talkIn(operation: Operation): Talk {
  const channels = { stdout: operation.channel('stdout'), stderr: operation.channel('stderr') }
  return {
    say: (stream, text) => {
      process[stream].write(text)
      channels[stream].push(Buffer.from(text))
    },
    heard: (text) => channels.stdout.push(Buffer.from(text)),
  }
}
