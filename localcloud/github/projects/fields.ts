import { randomBytes } from 'node:crypto'
import { Failure } from '../graphql/failure.ts'
import type { Content, Field, FieldType, Iterations, NewOption, Option } from './schema.ts'

/** What every new project has, in its order. The ids of the three options are the same in all projects of GitHub. */
export const firstFields: readonly { readonly name: string; readonly type: FieldType }[] = [
  { name: 'Title', type: 'TITLE' },
  { name: 'Assignees', type: 'ASSIGNEES' },
  { name: 'Status', type: 'SINGLE_SELECT' },
  { name: 'Labels', type: 'LABELS' },
  { name: 'Linked pull requests', type: 'LINKED_PULL_REQUESTS' },
  { name: 'Milestone', type: 'MILESTONE' },
  { name: 'Repository', type: 'REPOSITORY' },
  { name: 'Reviewers', type: 'REVIEWERS' },
  { name: 'Parent issue', type: 'PARENT_ISSUE' },
  { name: 'Sub-issues progress', type: 'SUB_ISSUES_PROGRESS' },
]

export const firstOptions: readonly Option[] = [
  { id: 'f75ad846', name: 'Todo', color: 'GREEN', description: "This item hasn't been started" },
  { id: '47fc9ee4', name: 'In Progress', color: 'YELLOW', description: 'This is actively being worked on' },
  { id: '98236657', name: 'Done', color: 'PURPLE', description: 'This has been completed' },
]

/** Options get new ids whenever they are written, as on GitHub: whoever kept an old one must ask again. */
export function newOptions(options: readonly NewOption[]): Option[] {
  if (options.length === 0) throw invalid("Options can't be blank")
  if (options.length > 50) throw invalid('Options is too long (maximum is 50 options)')
  const names = options.map(({ name }) => name.trim().toLowerCase())
  if (names.includes('')) throw invalid("Name can't be blank")
  if (new Set(names).size < names.length) throw invalid('Name has already been taken')
  return options.map(({ name, color, description }) => ({ id: newId(), name: name.trim(), color, description }))
}

export type IterationInput = {
  readonly startDate: string
  readonly duration: number
  readonly iterations: readonly { readonly title: string; readonly startDate: string; readonly duration: number }[]
}

/** The iterations of a field; when none are named there are three, one after the other. */
export function newIterations({ startDate, duration, iterations }: IterationInput): Iterations {
  const first = Date.parse(startDate)
  if (Number.isNaN(first) || duration < 1) throw invalid('Start date is invalid')
  const day = new Date(first).getUTCDay()
  const planned = [0, 1, 2].map((turn) => ({
    title: `Iteration ${turn + 1}`,
    startDate: new Date(first + turn * duration * 86_400_000).toISOString().slice(0, 10),
    duration,
  }))
  const list = (iterations.length > 0 ? iterations : planned).map((each) => ({
    id: newId(),
    title: each.title,
    start_date: each.startDate.slice(0, 10),
    duration: each.duration,
  }))
  return { start_day: day, duration, list }
}

/** What a mutation gives as a field's value: at most one of these. */
export type ValueInput = {
  readonly text?: string | null
  readonly number?: number | null
  readonly date?: string | null
  readonly singleSelectOptionId?: string | null
  readonly iterationId?: string | null
}

/** The value in the form that this field takes, or GitHub's refusal. */
export function contentFor(field: Field, value: ValueInput): Content {
  const given = Object.values(value).filter((each) => each !== null && each !== undefined)
  if (given.length > 1) throw invalid('Only one value can be set per field update')
  const read = readers[field.type]
  if (!read) throw invalid(`The field of type ${field.type.toLowerCase()} is currently not supported.`)
  return read(field, value)
}

type Reader = (field: Field, value: ValueInput) => Content

const readers: Partial<Record<FieldType, Reader>> = {
  TITLE: (field, { text }) => ({ text: wanted(text, 'a text value', field) }),
  TEXT: (field, { text }) => ({ text: wanted(text, 'a text value', field) }),
  NUMBER: (field, { number }) => ({ number: wanted(number, 'a number value', field) }),
  DATE: (field, { date }) => ({ date: dayOf(wanted(date, 'a date value', field)) }),
  SINGLE_SELECT: (field, { singleSelectOptionId }) => {
    const option = wanted(singleSelectOptionId, 'a single select option Id', field)
    if (!field.options.some(({ id }) => id === option))
      throw invalid('The single select option Id does not belong to the field')
    return { option }
  },
  ITERATION: (field, { iterationId }) => {
    const iteration = wanted(iterationId, 'an iteration Id', field)
    if (!field.iterations?.list.some(({ id }) => id === iteration))
      throw invalid('The iteration Id does not belong to the field')
    return { iteration }
  },
}

function wanted<Given>(given: Given | null | undefined, what: string, { type }: Field): Given {
  if (given === null || given === undefined)
    throw invalid(`Did not receive ${what} to update a field of type ${type.toLowerCase()}`)
  return given
}

function dayOf(date: string): string {
  const at = Date.parse(date)
  if (Number.isNaN(at)) throw invalid('The date is not valid')
  return new Date(at).toISOString().slice(0, 10)
}

export function invalid(message: string): Failure {
  return new Failure('VALIDATION', message)
}

function newId(): string {
  return randomBytes(4).toString('hex')
}
