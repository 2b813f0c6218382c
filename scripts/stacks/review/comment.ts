import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { eventOf, Repository } from './github.ts'
import { plansAsMarkdown } from './markdown.ts'
import { readFrom, Reports } from './report.ts'
import type { StackReport } from './report.ts'

const Event = z.object({ pull_request: z.object({ number: z.int(), head: z.object({ sha: z.string() }) }) })
const Pull = z.object({ head: z.object({ sha: z.string() }) })
const Comment = z.object({
  id: z.int(),
  body: z.string().nullish(),
  user: z.object({ type: z.string() }).nullable(),
  html_url: z.string(),
})
type Comment = z.infer<typeof Comment>

/** How our comment is found again. */
const marker = '<!-- throughline: plan -->'

/**
 * Tells a pull request what its stacks would change, in one comment that is edited. A run that was overtaken by a newer
 * commit says nothing.
 * @param folder with a report for each stack, as `npm run plan -- --report` writes them
 * @param stacks the names of all that were to be planned
 * @returns what was done, in a sentence
 */
export async function comment(env: NodeJS.ProcessEnv, folder: string, stacks: readonly string[]): Promise<string> {
  const repository = new Repository(env)
  const { number, head } = eventOf(env, Event).pull_request
  const latest = await repository.ask(Pull, `/pulls/${number}`)
  if (latest.head.sha !== head.sha) return `A newer commit, ${latest.head.sha}, has a run of its own.`
  const reports = readReports(folder)
  const all = stacks.map((stack) => reports.find((each) => each.stack === stack) ?? missing(stack, repository.run))
  const introduction = `${marker}\n## Plan for ${head.sha.slice(0, 7)}`
  const url = await post(repository, number, plansAsMarkdown(all, introduction))
  return `The plan is at ${url}`
}

function readReports(folder: string): StackReport[] {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  return files.flatMap((name) => readFrom(join(folder, name), Reports))
}

function missing(stack: string, run: string): StackReport {
  const reason = `without a report: [the run](${run}) tells why`
  return { stack, state: stack, outcome: 'failed', reason, deployment: null, plan: null }
}

/** Two runs may end at once, and each make one: the oldest stays. */
async function post(repository: Repository, number: number, body: string): Promise<string> {
  const known = await ours(repository, number)
  if (known.length === 0) await repository.ask(Comment, `/issues/${number}/comments`, 'POST', { body })
  const [first, ...others] = known.length === 1 ? known : await ours(repository, number)
  for (const { id } of others) await repository.ask(z.unknown(), `/issues/comments/${id}`, 'DELETE').catch(() => null)
  if (!first || first.body === body) return first?.html_url ?? ''
  return (await repository.ask(Comment, `/issues/comments/${first.id}`, 'PATCH', { body })).html_url
}

/** The comments that a workflow has made, by their age; people may copy the marker. */
async function ours(repository: Repository, number: number): Promise<Comment[]> {
  const comments = await repository.list(Comment, `/issues/${number}/comments`)
  const found = comments.filter(({ body, user }) => user?.type === 'Bot' && body?.startsWith(marker))
  return found.toSorted((a, b) => a.id - b.id)
}
