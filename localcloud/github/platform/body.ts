import type { Context } from 'hono'
import type { z } from 'zod'
import type { ZodType } from 'zod'
import { Problem, unprocessable } from './problem.ts'

/** Reads a JSON body against its shape, and refuses it in GitHub's words. An empty body counts as `{}`. */
export async function readBody<Shape>(c: Context, shape: ZodType<Shape>): Promise<Shape> {
  const value = parseJson(await c.req.text())
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem(400, 'Body should be a JSON object')
  }
  return checked(shape, value)
}

/** As `readBody`, for the few routes that also take a bare list. */
export async function readAnyBody<Shape>(c: Context, shape: ZodType<Shape>): Promise<Shape> {
  return checked(shape, parseJson(await c.req.text()))
}

/** Checks a value against its shape. */
export function checked<Shape>(shape: ZodType<Shape>, value: unknown): Shape {
  const result = shape.safeParse(value, { reportInput: true })
  if (result.success) return result.data
  throw unprocessable(`Invalid request.\n\n${result.error.issues.map(sentenceFor).join('\n')}`)
}

function parseJson(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    throw new Problem(400, 'Problems parsing JSON')
  }
}

type Issue = z.core.$ZodIssue

function sentenceFor(issue: Issue): string {
  const path = issue.path.map(String)
  if (issue.input === undefined) return `${JSON.stringify(path.at(-1))} wasn't supplied.`
  const place = ['properties', ...path].join('/')
  return `For '${place}', ${shown(issue.input)} ${fault(issue)}.`
}

function fault(issue: Issue): string {
  if (issue.code === 'invalid_type') return `is not ${kinds[issue.expected] ?? `a ${issue.expected}`}`
  if (issue.code === 'invalid_value') return `is not a member of ${JSON.stringify(issue.values)}`
  if (issue.code === 'invalid_union') return 'matches none of the possible forms'
  return `is not valid: ${issue.message}`
}

const kinds: Record<string, string> = { object: 'an object', array: 'an array', int: 'an integer' }

/** GitHub is written in Ruby and shows it. */
function shown(value: unknown): string {
  return value === null ? 'nil' : JSON.stringify(value)
}
