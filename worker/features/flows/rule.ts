import { z } from '@hono/zod-openapi'

type Report = (path: readonly (string | number)[], message: string) => void

/** A rule about several values. It also speaks beside what is wrong elsewhere, so that all problems are told at once. */
export function rule<Value>(judge: (value: Value, report: Report) => void) {
  const check = z.check<Value>(({ value, issues }) => {
    judge(value, (path, message) =>
      issues.push({ code: 'custom', path: [...path], message, input: value, continue: true }),
    )
  })
  return check
}
