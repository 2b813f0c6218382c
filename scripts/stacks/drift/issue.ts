import { z } from 'zod'
import { Repository } from '../review/github.ts'
import { plansAsMarkdown } from '../review/markdown.ts'
import { readFrom, Reports } from '../review/report.ts'
import type { StackReport } from '../review/report.ts'

const Issue = z.object({
  number: z.int(),
  body: z.string().nullish(),
  user: z.object({ type: z.string() }).nullable(),
  html_url: z.string(),
  pull_request: z.unknown().optional(),
})
type Issue = z.infer<typeof Issue>

/**
 * Keeps one open issue for each stack that differs from what is declared, and closes it when that is over. A stack
 * whose plan failed is left as it is.
 * @param file as `npm run plan -- --report` writes it
 * @returns what was done, a sentence for each stack
 */
export async function noteDrift(env: NodeJS.ProcessEnv, file: string): Promise<string[]> {
  const repository = new Repository(env)
  const open = await repository.list(Issue, '/issues?state=open')
  const sentences: string[] = []
  for (const report of readFrom(file, Reports)) {
    const known = open.filter((issue) => isOurs(issue, markerOf(report))).toSorted((a, b) => a.number - b.number)
    sentences.push(await settle(repository, report, known))
  }
  return sentences
}

function markerOf({ state }: StackReport): string {
  return `<!-- throughline: drift of ${state} -->`
}

/** Only what a workflow has opened: anybody may copy the marker. */
function isOurs({ body, user, pull_request: pull }: Issue, marker: string): boolean {
  return pull === undefined && user?.type === 'Bot' && body?.startsWith(marker) === true
}

async function settle(repository: Repository, report: StackReport, known: readonly Issue[]): Promise<string> {
  const { stack, outcome } = report
  if (outcome === 'failed') return `${stack}: it could not be planned.`
  const [first, ...others] = known
  for (const issue of outcome === 'unchanged' ? known : others) await close(repository, issue)
  if (outcome === 'unchanged') return `${stack}: no drift${first ? `, ${first.html_url} is closed` : ''}.`
  const body = bodyOf(report)
  const { html_url: url } = first
    ? await repository.ask(Issue, `/issues/${first.number}`, 'PATCH', { body })
    : await repository.ask(Issue, '/issues', 'POST', { title: `Drift in ${stack}`, body })
  return `${stack}: ${url} tells what differs.`
}

function bodyOf(report: StackReport): string {
  const says = 'What exists differs from what is declared on the default branch; this is what an apply would do now.'
  return plansAsMarkdown([report], `${markerOf(report)}\n${says} The issue is closed when that is over.`)
}

async function close(repository: Repository, { number }: Issue): Promise<void> {
  const body = `It is over: [this run](${repository.run}) found nothing to change.`
  await repository.ask(z.unknown(), `/issues/${number}/comments`, 'POST', { body })
  await repository.ask(Issue, `/issues/${number}`, 'PATCH', { state: 'closed', state_reason: 'completed' })
}
