import { z } from 'zod'
import { matches } from '../branches/queries.ts'
import { readYaml } from './yaml.ts'
import type { Yaml } from './yaml.ts'

export type Input = {
  readonly name: string
  readonly required: boolean
  readonly fallback: string | null
  /** `string` unless the file says otherwise. */
  readonly type: string
  /** What a `choice` offers. */
  readonly options: readonly string[]
}

/** What a workflow file says that matters from outside: when it runs, what it is called, which jobs it has. */
export type WorkflowFile = {
  readonly name: string | null
  readonly on: ReadonlyMap<string, Conditions>
  readonly jobs: readonly Job[]
  readonly inputs: readonly Input[]
}

type Job = { readonly id: string; readonly name: string; readonly environment: string | null }
type Conditions = Readonly<Record<string, readonly string[]>>

/** Something at which workflows may start. */
export type Occasion = {
  readonly name: string
  readonly action: string | null
  /** `refs/heads/main` or `refs/tags/v1`; for a pull request its base. */
  readonly ref: string
  /** The files that a push touched; null when that is not known. */
  readonly paths: readonly string[] | null
}

const Texts = z.union([z.array(z.coerce.string()), z.coerce.string().transform((text) => [text])])
const Dispatch = z.object({
  inputs: z.record(
    z.string(),
    z
      .looseObject({
        required: z.boolean().default(false),
        default: z.coerce.string().nullish(),
        type: z.string().default('string').catch('string'),
        options: z.array(z.coerce.string()).default([]).catch([]),
      })
      .nullable(),
  ),
})

/** Reads a workflow file. One that nobody can read starts at nothing. */
export function readWorkflow(source: string): WorkflowFile {
  const file = asMap(readYaml(source))
  const on = readOn(file['on'] ?? file['true'] ?? null)
  const dispatch = Dispatch.safeParse(asMap(file['on'] ?? null)['workflow_dispatch']).data
  const jobs = Object.entries(asMap(file['jobs'] ?? null))
  return {
    name: textIn(file['name']),
    on,
    jobs: jobs.map(([id, job]) => readJob(id, asMap(job))),
    inputs: Object.entries(dispatch?.inputs ?? {}).map(([name, input]) => ({
      name,
      required: input?.required ?? false,
      fallback: input?.default ?? null,
      type: input?.type ?? 'string',
      options: input?.options ?? [],
    })),
  }
}

function readJob(id: string, job: Readonly<Record<string, Yaml>>): Job {
  const { name, environment } = job
  return { id, name: textIn(name) ?? id, environment: textIn(environment) ?? textIn(asMap(environment)['name']) }
}

function textIn(value: Yaml | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function readOn(on: Yaml): Map<string, Conditions> {
  if (typeof on === 'string') return new Map([[on, {}]])
  if (Array.isArray(on)) return new Map(on.map((name) => [String(name), {}]))
  return new Map(Object.entries(asMap(on)).map(([name, value]) => [name, readConditions(asMap(value))]))
}

function readConditions(map: Readonly<Record<string, Yaml>>): Conditions {
  const entries = conditionNames.flatMap((name) => {
    const texts = map[name] === undefined ? null : Texts.safeParse(map[name]).data
    return texts ? [[name, texts] as const] : []
  })
  return Object.fromEntries(entries)
}

const conditionNames = ['types', 'branches', 'branches-ignore', 'tags', 'tags-ignore', 'paths', 'paths-ignore'] as const

function asMap(value: Yaml | undefined): Readonly<Record<string, Yaml>> {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {}
}

function isList(value: object): value is readonly Yaml[] {
  return Array.isArray(value)
}

/** What starts a pull request's workflow when the file does not say. */
const usualTypes: Record<string, readonly string[]> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  pull_request_target: ['opened', 'synchronize', 'reopened'],
}

/** Whether a workflow starts at an occasion. */
export function starts({ on }: WorkflowFile, { name, action, ref, paths }: Occasion): boolean {
  const conditions = on.get(name)
  if (!conditions) return false
  const types = conditions['types'] ?? usualTypes[name]
  if (types && action !== null && !types.includes(action)) return false
  return fitsRef(conditions, name, ref) && fitsPaths(conditions, paths)
}

function fitsRef(conditions: Conditions, name: string, ref: string): boolean {
  if (!['push', 'pull_request', 'pull_request_target'].includes(name)) return true
  const isTag = ref.startsWith('refs/tags/')
  const short = ref.replace(/^refs\/(heads|tags)\//, '')
  const [own, other] = isTag ? (['tags', 'branches'] as const) : (['branches', 'tags'] as const)
  const hasOwn = conditions[own] !== undefined || conditions[`${own}-ignore`] !== undefined
  const hasOther = conditions[other] !== undefined || conditions[`${other}-ignore`] !== undefined
  // Who names only branches means no tags, and the other way round.
  if (!hasOwn) return !hasOther
  return isAmong(short, conditions[own]) && !(conditions[`${own}-ignore`] ?? []).some((each) => matches(short, each))
}

function fitsPaths(conditions: Conditions, paths: readonly string[] | null): boolean {
  if (paths === null) return true
  const { paths: wanted, 'paths-ignore': ignored } = conditions
  if (ignored && paths.every((path) => ignored.some((each) => matches(path, each)))) return false
  return wanted === undefined || paths.some((path) => isAmong(path, wanted))
}

/** The last pattern that fits decides; one with `!` takes out again. */
function isAmong(text: string, patterns: readonly string[] | undefined): boolean {
  if (!patterns) return true
  const last = patterns.findLast((each) => matches(text, each.replace(/^!/, '')))
  return last !== undefined && !last.startsWith('!')
}
