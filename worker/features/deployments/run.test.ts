import { array, assert, constantFrom, property } from 'fast-check'
import { Problem } from '../../platform/problem.ts'
import { advance, successors } from './run.ts'
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
