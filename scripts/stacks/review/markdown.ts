import { actionOf } from '../../../worker/features/deployments/plan-change.ts'
import type { Action, ResourceChange } from '../../../worker/features/deployments/plan-change.ts'
import { differences } from '../../../worker/features/deployments/plan-digest.ts'
import type { Difference } from '../../../worker/features/deployments/plan-digest.ts'
import type { PlanRecord } from '../../../worker/features/deployments/plan-record.ts'
import { countsOf, wordFor } from './counts.ts'
import type { StackReport } from './report.ts'

/** What a comment or an issue may be long, in characters. */
export const longest = 65_536
/** A value that is longer is cut, in characters; a plan of a hundred resources is told in some 50,000. */
const longestValue = 200

/** Plans as people read them. What does not fit is left out from the end: details first, then tables; counts stay. */
export function plansAsMarkdown(reports: readonly StackReport[], introduction: string, limit = longest): string {
  const overview = ['| stack | plan | run |', '| --- | --- | --- |', ...reports.map(overviewOf)].join('\n')
  const start = `${introduction}\n\n${overview}\n`
  const sections = reports.flatMap(({ stack, plan }) => (plan && hasChanges(plan.record) ? [{ stack, plan }] : []))
  const short = '\n_Left out here, as it would be too long: see the run._\n'
  const heads = sections.map(({ stack }) => `\n### ${stack}\n`)
  let room = limit - start.length - heads.join('').length - short.length * sections.length
  const bodies = sections.map(({ plan }) => {
    const table = tableOf(plan.record)
    const whole = `${table}${detailsOf(plan.record)}`
    const told = [whole, `${table}${short}`].find(({ length }) => length <= room) ?? short
    room -= told === short ? 0 : told.length
    return told
  })
  return start + sections.map((_, index) => `${heads[index]}${bodies[index]}`).join('')
}

function hasChanges({ resource_changes: changes }: PlanRecord): boolean {
  return changes.length > 0
}

function overviewOf({ stack, outcome, reason, plan, deployment }: StackReport): string {
  const link = deployment ? `[${deployment.id}](${deployment.url})` : '–'
  const told = {
    failed: `**failed** ${inTable(reason ?? '')}`,
    unchanged: 'no changes',
    changes: bold(countsOf(plan?.record ?? null)),
  }
  return `| ${stack} | ${told[outcome]} | ${link} |`
}

/** What ends a resource is not to be overlooked. */
function bold(words: string): string {
  return words.replaceAll(/\b(?:replace|destroy)\b/g, '**$&**')
}

function tableOf({ resource_changes: changes }: PlanRecord): string {
  const rows = changes.map((each) => `| ${bold(wordFor(each))} | ${code(each.address)} |`)
  return ['\n| action | resource |', '| --- | --- |', ...rows, ''].join('\n')
}

function detailsOf({ resource_changes: changes }: PlanRecord): string {
  const text = changes.map(linesOf).join('\n')
  // A value may hold backticks: the fence is longer than any of them.
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
  return `\n<details><summary>Details</summary>\n\n${fence}diff\n${text}\n${fence}\n\n</details>\n`
}

const marks: Partial<Record<Action, string>> = { create: '+', delete: '-', replace: '-/+', update: '!' }

function linesOf(resource: ResourceChange): string {
  const { action } = actionOf(resource)
  const head = `${marks[action] ?? '#'} ${resource.address}: ${action}`
  // Most of what is new has values that only the apply will know.
  const told = differences(resource.change).filter(({ unknown }) => action !== 'create' || unknown !== true)
  return [head, ...(action === 'delete' ? [] : told.map(lineOf))].join('\n')
}

function lineOf({ path, before, after, unknown }: Difference): string {
  const next = unknown === true ? '(known after apply)' : shown(after)
  const change = before === undefined || before === null ? next : `${shown(before)} → ${next}`
  return `    ${path.join('.')}: ${change}`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value ?? null)
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
}

/** An address may hold any text as a key. */
function code(text: string): string {
  return `\`${inTable(text).replaceAll('`', "'")}\``
}

function inTable(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
}
