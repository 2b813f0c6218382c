import { array, assert, constantFrom, property } from 'fast-check'
import { Problem } from '../../platform/problem.ts'
import { advance, hasEnded, stepOf, successors } from './run.ts'
import type { RunStatus } from './run.ts'

const statuses = Object.keys(successors) as RunStatus[]
const ended: readonly RunStatus[] = ['success', 'failed', 'canceled', 'abandoned']

/** The step's outcome: a status, or the kind of problem. */
function outcomeOf(from: RunStatus, to: RunStatus): string {
  try {
    return advance(from, to)
  } catch (error) {
    return error instanceof Problem && error.message.includes(from) ? error.kind : 'another error'
  }
}

test('a run that has ended stays as it ended, and every refused step is a conflict', () => {
  assert(
    property(array(constantFrom(...statuses), { maxLength: 8 }), constantFrom(...statuses), (steps, start) => {
      let status = start
      for (const to of steps) {
        const allowed = (successors[status] as readonly RunStatus[]).includes(to)
        expect(allowed && ended.includes(status)).toBe(false)
        expect(outcomeOf(status, to)).toBe(allowed ? to : 'conflict')
        if (allowed) status = to
      }
    }),
  )
})

test('every run that has not ended can end, and none goes back', () => {
  for (const status of statuses) {
    const next: readonly RunStatus[] = successors[status]
    expect(next.some((to) => ended.includes(to))).toBe(!ended.includes(status))
    expect(next).not.toContain('pending')
  }
})

test('what was reported stays, what was inferred gives way to any report', () => {
  for (const status of statuses) {
    expect(hasEnded(status)).toBe(ended.includes(status))
    expect(stepOf({ status, inferred: false }, null)).toBeNull()
    expect(stepOf({ status, inferred: false }, status)).toBeNull()
    expect(stepOf({ status, inferred: true }, null)).toBe(ended.includes(status) ? 'in_progress' : null)
  }
  for (const status of ended) {
    for (const reported of statuses) expect(stepOf({ status, inferred: true }, reported)).toBe(reported)
    for (const reported of statuses.filter((other) => other !== status))
      expect(() => stepOf({ status, inferred: false }, reported)).toThrow(Problem)
  }
  expect(stepOf({ status: 'in_progress', inferred: true }, 'success')).toBe('success')
})
