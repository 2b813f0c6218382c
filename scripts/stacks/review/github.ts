import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Refusal } from '../../embedded/refusal.ts'

const Environment = z.object({
  GH_TOKEN: z.string().min(1),
  GITHUB_API_URL: z.url(),
  GITHUB_REPOSITORY: z.string().regex(/^[^/]+\/[^/]+$/),
  GITHUB_SERVER_URL: z.url(),
  GITHUB_RUN_ID: z.string(),
})

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** The repository whose workflow this process is a step of, with what its token may do. */
export class Repository {
  /** `owner/name` */
  readonly name: string
  /** The page of this run of the workflow. */
  readonly run: string
  readonly #api: string
  readonly #token: string

  /** @throws Refusal outside of a workflow. */
  constructor(env: NodeJS.ProcessEnv) {
    const parsed = Environment.safeParse(env)
    if (!parsed.success) throw new Refusal(`This is a step of a workflow. ${z.prettifyError(parsed.error)}`)
    const { GH_TOKEN, GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_RUN_ID } = parsed.data
    this.name = GITHUB_REPOSITORY
    this.run = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`
    this.#api = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}`
    this.#token = GH_TOKEN
  }

  /** Asks for something below the repository. @throws Refusal with GitHub's own words */
  async ask<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    method: Method = 'GET',
    json?: object,
  ): Promise<z.output<Schema>> {
    const response = await fetch(`${this.#api}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${this.#token}`,
        'user-agent': 'throughline',
        'x-github-api-version': '2022-11-28',
      },
      ...(json && { body: JSON.stringify(json) }),
      signal: AbortSignal.timeout(30_000),
    })
    const text = await response.text()
    if (!response.ok)
      throw new Refusal(`GitHub answered ${response.status} to ${method} ${path}: ${text.slice(0, 500)}`)
    return schema.parse(text === '' ? null : JSON.parse(text))
  }

  /** All of a list, at most so many pages of a hundred. */
  async list<Schema extends z.ZodType>(schema: Schema, path: string): Promise<z.output<Schema>[]> {
    const found: z.output<Schema>[] = []
    for (let page = 1; page <= mostPages; page += 1) {
      const mark = path.includes('?') ? '&' : '?'
      const rows = await this.ask(z.array(schema), `${path}${mark}per_page=100&page=${page}`)
      found.push(...rows)
      if (rows.length < 100) break
    }
    return found
  }
}

const mostPages = 30

/** What started this run of the workflow. */
export function eventOf<Schema extends z.ZodType>(env: NodeJS.ProcessEnv, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(JSON.parse(readFileSync(env['GITHUB_EVENT_PATH'] ?? '/dev/null', 'utf8') || 'null'))
  if (parsed.success) return parsed.data
  throw new Refusal(`This run was started by something else. ${z.prettifyError(parsed.error)}`)
}
