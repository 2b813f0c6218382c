import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { readSettings } from '../../stacks/owners-settings.ts'
import { Refusal } from '../embedded/refusal.ts'
import { ensureBoard } from './board/board.ts'
import { askGraphQl } from './board/graphql.ts'
import { choose, synthesise } from './choice.ts'
import { command } from './command.ts'
import { githubAddresses } from './github-address.ts'
import { openPlans } from './plans.ts'
import { look } from './preflight/preflight.ts'
import { countsOf } from './review/counts.ts'
import { readRecorded } from './review/report.ts'
import { readReview, refuseUnreviewed } from './review/verdict.ts'
import type { Review } from './review/verdict.ts'
import { isDone, rollOut, summary } from './rollout.ts'
import type { Leg } from './rollout.ts'
import type { Stack } from './synthesised.ts'
import { planInto, refuseMissing, terraform } from './terraform.ts'

/** Once asked to stop, what runs may end in order, and nothing else is begun. */
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort())

/** Plans the named stacks, or all, asks once, and applies exactly these plans, each after what it depends on. */
async function deploy(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { yes: { type: 'boolean', default: false }, reviewed: { type: 'string' } },
    allowPositionals: true,
  })
  const stacks = choose(synthesise(process.env), positionals)
  const review = readReview(values.reviewed, stacks)
  refuseMissing(stacks, process.env)
  await look(stacks, process.env)
  const { folder: plans, remove } = openPlans()
  try {
    const changing: Stack[] = []
    for (const stack of stacks) if (await plan(stack, join(plans, stack.name), review)) changing.push(stack)
    const legs = legsOf(stacks, changing, plans)
    if (changing.length === 0) console.log('\nEverything is as declared.')
    else if (!values.yes && !(await isApproved(legs))) throw new Refusal('Nothing was applied.')
    const ended = await rollOut(legs, async (stack) => apply(stack, join(plans, stack.name)), interruption.signal)
    if (changing.length > 0) console.log(`\n${summary(ended)}`)
    if (ended.some((leg) => leg.stack.name === 'github' && isDone(leg))) await arrangeBoard()
    refuseUnfinished(ended)
  } finally {
    remove()
  }
}

async function plan(stack: Stack, file: string, review: Review | null): Promise<boolean> {
  console.log(`\n— ${stack.name}: plan`)
  await terraform(stack, ['init', '-input=false'], process.env)
  const report = reportOf(file)
  const hasChanges = await planInto(file, stack, { ...process.env, THROUGHLINE_REPORT: report })
  if (review && hasChanges) await refuseUnreviewed(stack.name, report, review, process.env)
  return hasChanges
}

/** Where the recorder tells what is in a plan. */
function reportOf(file: string): string {
  return `${file}.json`
}

/** What is to be done on each stack. */
function legsOf(stacks: readonly Stack[], changing: readonly Stack[], plans: string): Leg[] {
  if (interruption.signal.aborted) throw new Refusal('Interrupted: nothing was applied.')
  return stacks.map((stack) => {
    if (!changing.includes(stack)) return { stack, counts: '', outcome: 'as declared', ms: 0 }
    const reported = readRecorded(reportOf(join(plans, stack.name)))
    return { stack, counts: countsOf(reported.plan?.record ?? null), outcome: 'waiting', ms: 0 }
  })
}

async function apply(stack: Stack, file: string): Promise<void> {
  const { THROUGHLINE_TOKEN, TF_HTTP_PASSWORD } = process.env
  // The recorder gives its token to no saved plan, which could name any server; this one was made here, for the same.
  const env = { ...process.env, TF_HTTP_PASSWORD: TF_HTTP_PASSWORD || THROUGHLINE_TOKEN }
  await terraform(stack, ['apply', '-input=false', '-lock-timeout=5m', file], env)
}

function refuseUnfinished(legs: readonly Leg[]): void {
  if (legs.every(isDone)) return
  throw new Refusal('Not everything was applied. What was made is in the states: the next run goes on from there.')
}

/** The board is no resource of Terraform, so it follows the stack that it belongs to. */
async function arrangeBoard(): Promise<void> {
  const { board, owner, repositories } = (await readSettings()).github
  if (!board) return
  const { GITHUB_BASE_URL, GITHUB_TOKEN = '' } = process.env
  const ask = askGraphQl(githubAddresses(GITHUB_BASE_URL).graphql, GITHUB_TOKEN)
  const names = repositories.map(({ name }) => name)
  console.log(await ensureBoard(ask, owner, board, names))
}

async function isApproved(legs: readonly Leg[]): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Refusal('There is nobody to ask; --yes applies without asking.')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  // Ctrl-C and Ctrl-D are answers, too: the plans must be deleted.
  const gone = new AbortController()
  terminal.on('SIGINT', () => gone.abort()).on('close', () => gone.abort())
  const plans = legs
    .filter(({ outcome }) => outcome === 'waiting')
    .map(({ stack, counts }) => `  ${stack.name}: ${counts}`)
  const question = `\n${plans.join('\n')}\nApply these plans? Only yes applies them: `
  try {
    return (await terminal.question(question, { signal: gone.signal })) === 'yes'
  } catch (error) {
    if (gone.signal.aborted) return false
    throw error
  } finally {
    terminal.close()
  }
}

await command(deploy)
