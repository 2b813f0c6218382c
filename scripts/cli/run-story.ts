import { z } from 'zod'
import { Deployment, TerraformOperation } from '../../worker/features/deployments/schema.ts'
import { Moment } from '../../worker/features/deployments/timeline.ts'
import { Link } from '../../worker/features/links/schema.ts'
import { DeploymentChange } from '../../worker/features/resources/schema.ts'
import { ago, progress, span, stamp } from './moments.ts'
import { paint } from './output.ts'
import { changesIn } from './run-changes.ts'
import type { ChangePage } from './run-changes.ts'
import { diagnosticsIn, operationsIn } from './run-operations.ts'
import { countsOf, statusOf, styleOf } from './runs.ts'
import { terminalWidth } from './table.ts'
import { cut, plain, widthOf } from './text.ts'

/** Of a section; a long run writes hundreds of versions. */
const linesShown = 50

/** A deployment as the API shows one, as far as it is told here. */
export const RunDetail = Deployment.extend({
  operations: z.array(TerraformOperation),
  changes: z.array(DeploymentChange),
  links: z.array(Link),
  timeline: z.array(Moment).default([]),
  logs: z.object({ lines: z.int() }).default({ lines: 0 }),
})
export type RunDetail = z.infer<typeof RunDetail>

/** Everything about a deployment for a person, at `now` (milliseconds). */
export function storyOf(run: RunDetail, planned: ChangePage, now: number): string {
  const changed = new Map(run.changes.map(({ address, changed: names }) => [address, names]))
  const parts = [
    headOf(run, now),
    operationsIn(run.operations),
    diagnosticsIn(run.operations),
    changesIn(planned, changed, run.id),
    timelineIn(run.timeline),
    linksIn(run.links),
    logsOf(run),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function headOf(run: RunDetail, now: number): string {
  const { id, operation, state, command, reason } = run
  const title = `${paint(id, 'bold')}  ${operation}${state === null ? '' : ` of ${plain(state)}`}: ${outcomeOf(run)}`
  const lines = [
    command === null ? null : `$ ${plain(command)}`,
    actorOf(run),
    sourceOf(run),
    whenOf(run, now),
    run.finished_at === null ? progressOf(run, now) : `${countsOf(run)}${exitOf(run)}`,
    reason === null ? null : `because: ${plain(reason)}`,
  ]
  const told = lines.filter((line) => line !== null).map((line) => `  ${fitting(line)}\n`)
  return `${title}\n${told.join('')}`
}

/** A line that is not wider than the terminal. */
function fitting(line: string): string {
  const width = terminalWidth()
  return width === null ? line : cut(line, width - 2)
}

function outcomeOf({ status, inferred }: RunDetail): string {
  const style = styleOf(status)
  const words = statusOf({ status, inferred: false })
  return `${style === null ? words : paint(words, style)}${inferred ? ' (inferred: nobody reported it)' : ''}`
}

function actorOf({
  actor,
  credential,
  tool,
  terraform_version: version,
  working_directory: folder,
}: RunDetail): string {
  const by = `by ${actor ?? 'somebody'}${credential === null ? '' : ` with the token "${credential}"`}`
  const binary = version === null ? '' : `, ${tool ?? 'terraform'} ${version}`
  return plain(by + binary + (folder === null ? '' : `, in ${folder}`))
}

/** Repository, commit, branch, task and environment, as far as they are known. */
function sourceOf({ repository, commit_sha: sha, branch, dirty, task, environment }: RunDetail): string | null {
  const commit = sha === null ? null : `commit ${sha.slice(0, 12)}${dirty === true ? ' with uncommitted changes' : ''}`
  const parts = [
    repository,
    commit,
    branch && `on ${branch}`,
    task && `task ${task}`,
    environment && `to ${environment}`,
  ]
  const known = parts.filter((part) => part)
  return known.length === 0 ? null : plain(known.join(', '))
}

function whenOf({ started_at: at, duration_ms: ms }: RunDetail, now: number): string {
  return `started ${ago(at, now)} (${stamp(at)} UTC)${ms === null ? '' : `, took ${span(ms)}`}`
}

function exitOf({ exit_code: code }: RunDetail): string {
  return code === null ? '' : `, exit code ${code}`
}

/** A bar where a terminal shows it, and the times everywhere. */
function progressOf({ started_at: at, expected_ms: expected }: RunDetail, now: number): string {
  const elapsed = Math.max(0, now - Date.parse(at))
  const told = progress(elapsed, expected)
  if (expected === null || expected <= 0 || terminalWidth() === null) return told
  const length = 20
  const done = Math.min(length, Math.floor((elapsed / expected) * length))
  return `${paint('━'.repeat(done), 'cyan')}${paint('─'.repeat(length - done), 'dim')} ${told}`
}

function timelineIn(moments: RunDetail['timeline']): string {
  if (moments.length === 0) return ''
  const lines = moments.map(({ at, kind, detail }) => {
    const told = plain(`${kind.replaceAll('_', ' ')}${detail === '' ? '' : `: ${detail}`}`)
    return `  ${paint(stamp(at), 'dim')}  ${cutBehind(told, 23)}\n`
  })
  return section('Timeline (UTC)', lines)
}

function linksIn(links: readonly Link[]): string {
  if (links.length === 0) return ''
  const lines = links.map(({ from, relation, to, evidence, detail }) => {
    const told = plain(`${nodeName(from)} ${relation.replaceAll('_', ' ')} ${nodeName(to)}`)
    const proof = plain(`[${detail === null ? evidence : `${evidence}: ${detail}`}]`)
    const shown = cutBehind(told, Math.min(widthOf(proof), 30) + 5)
    return `  ${shown}   ${paint(cutBehind(proof, widthOf(shown) + 5), 'dim')}\n`
  })
  return section('Links', lines)
}

function section(title: string, lines: readonly string[]): string {
  const more = lines.length - linesShown
  const rest = more > 0 ? `  ${paint(`and ${more} more: with --json`, 'dim')}\n` : ''
  return `${paint(title, 'bold')}\n${lines.slice(0, linesShown).join('')}${rest}`
}

function nodeName({ kind, id }: Link['from']): string {
  return `${kind.replaceAll('_', ' ')} ${id}`
}

/** A text on a line of which so many columns are taken. */
function cutBehind(text: string, taken: number): string {
  const width = terminalWidth()
  return width === null ? text : cut(text, Math.max(12, width - taken))
}

function logsOf({ id, logs, finished_at: end }: RunDetail): string {
  if (logs.lines === 0) return ''
  return `${logs.lines} lines of log: throughline logs ${end === null ? '-f ' : ''}${id}\n`
}
