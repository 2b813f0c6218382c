import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Refusal } from '../embedded/refusal.ts'
import { choose, synthesise } from './choice.ts'
import { command } from './command.ts'
import { look } from './preflight/preflight.ts'
import { reportPlan } from './review/planned.ts'
import type { StackReport } from './review/report.ts'
import { refuseMissing, terraform } from './terraform.ts'

/** Plans the named stacks, or all, through the recorder; a report goes on after a plan that failed. */
await command(async () => {
  const { values, positionals } = parseArgs({ options: { report: { type: 'string' } }, allowPositionals: true })
  const stacks = choose(synthesise(process.env), positionals)
  refuseMissing(stacks, process.env)
  await look(stacks, process.env)
  const reports: StackReport[] = []
  for (const stack of stacks) {
    console.log(`\n— ${stack.name}`)
    if (values.report !== undefined) {
      reports.push(await reportPlan(stack, process.env))
      continue
    }
    await terraform(stack, ['init', '-input=false'], process.env)
    await terraform(stack, ['plan', '-input=false', '-lock-timeout=5m'], process.env)
  }
  if (values.report === undefined) return
  writeFileSync(values.report, JSON.stringify(reports))
  const failed = reports.flatMap(({ reason }) => reason ?? [])
  if (failed.length > 0) throw new Refusal(failed.join('\n'))
})
