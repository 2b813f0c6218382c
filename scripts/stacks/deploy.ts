import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { settings } from '../../stacks/settings.ts'
import { Refusal } from '../embedded/refusal.ts'
import { ensureBoard } from './board/board.ts'
import { askGraphQl } from './board/graphql.ts'
import { choose, synthesise } from './choice.ts'
import { command } from './command.ts'
import { readReview, refuseUnreviewed } from './review/verdict.ts'
import type { Review } from './review/verdict.ts'
import type { Stack } from './synthesised.ts'
import { planInto, refuseMissing, terraform } from './terraform.ts'

/** Plans the named stacks, or all, asks once, and applies exactly these plans, each after what it depends on. */
async function deploy(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { yes: { type: 'boolean', default: false }, reviewed: { type: 'string' } },
    allowPositionals: true,
  })
  const stacks = choose(synthesise(process.env), positionals)
  const review = readReview(values.reviewed, stacks)
  refuseMissing(stacks, process.env)
  // A plan holds secrets: only this user may read the folder, and it is gone at the end.
  const plans = mkdtempSync(join(tmpdir(), 'throughline-plans-'))
  try {
    const changing: Stack[] = []
    for (const stack of stacks) if (await plan(stack, join(plans, stack.name), review)) changing.push(stack)
    if (changing.length === 0) console.log('\nEverything is as declared.')
    else if (!values.yes && !(await isApproved(changing))) throw new Refusal('Nothing was applied.')
    for (const stack of changing) await apply(stack, join(plans, stack.name))
    if (stacks.some(({ name }) => name === 'github')) await arrangeBoard()
  } finally {
    rmSync(plans, { recursive: true, force: true })
  }
}

async function plan(stack: Stack, file: string, review: Review | null): Promise<boolean> {
  console.log(`\n— ${stack.name}: plan`)
  await terraform(stack, ['init', '-input=false'], process.env)
  const report = `${file}.json`
  const hasChanges = await planInto(file, stack, { ...process.env, THROUGHLINE_REPORT: report })
  if (review && hasChanges) await refuseUnreviewed(stack.name, report, review, process.env)
  return hasChanges
}

async function apply(stack: Stack, file: string): Promise<void> {
  const began = performance.now()
  console.log(`\n— ${stack.name}: apply`)
  const { THROUGHLINE_TOKEN, TF_HTTP_PASSWORD } = process.env
  // The recorder gives its token to no saved plan, which could name any server; this one was made here, for the same.
  const env = { ...process.env, TF_HTTP_PASSWORD: TF_HTTP_PASSWORD || THROUGHLINE_TOKEN }
  await terraform(stack, ['apply', '-input=false', '-lock-timeout=5m', file], env)
  console.log(`${stack.name}: done in ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

/** The board is no resource of Terraform, so it follows the stack that it belongs to. */
async function arrangeBoard(): Promise<void> {
  const { board, owner, repositories } = settings.github
  if (!board) return
  const { GITHUB_BASE_URL, GITHUB_TOKEN = '' } = process.env
  const ask = askGraphQl(GITHUB_BASE_URL || 'https://api.github.com', GITHUB_TOKEN)
  const names = repositories.map(({ name }) => name)
  console.log(await ensureBoard(ask, owner, board, names))
}

async function isApproved(stacks: readonly Stack[]): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Refusal('There is nobody to ask; --yes applies without asking.')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  // Ctrl-C and Ctrl-D are answers, too: the plans must be deleted.
  const gone = new AbortController()
  terminal.on('SIGINT', () => gone.abort()).on('close', () => gone.abort())
  const question = `\nApply these plans of ${stacks.map(({ name }) => name).join(', ')}? Only yes applies them: `
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
