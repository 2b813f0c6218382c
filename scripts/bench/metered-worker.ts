import { app } from '../../worker/app.ts'

export { CallBudget, LogTailingDO, StateLedger } from '../../worker/index.ts'

/** The part of D1 that the Worker uses, as far as it matters to a meter. */
type Result = {
  readonly results: readonly unknown[]
  readonly meta: { readonly rows_read: number; readonly rows_written: number }
}
type Statement = {
  bind(...values: unknown[]): Statement
  all(): Promise<Result>
  run(): Promise<Result>
  first(): Promise<unknown>
}
type Database = { prepare(text: string): Statement; batch(statements: Statement[]): Promise<Result[]> }

/** A database that counts the rows it reads and writes. */
function metered(db: Database): { db: Database; read: () => number; written: () => number } {
  let [read, written] = [0, 0]
  const originals = new WeakMap<Statement, Statement>()
  const note = (result: Result): Result => {
    read += result.meta.rows_read
    written += result.meta.rows_written
    return result
  }
  const wrap = (statement: Statement): Statement => {
    const wrapped: Statement = {
      bind: (...values) => wrap(statement.bind(...values)),
      all: async () => note(await statement.all()),
      run: async () => note(await statement.run()),
      first: async () => note(await statement.all()).results[0] ?? null,
    }
    originals.set(wrapped, statement)
    return wrapped
  }
  return {
    db: {
      prepare: (text) => wrap(db.prepare(text)),
      batch: async (statements) => {
        return (await db.batch(statements.map((wrapped) => originals.get(wrapped) ?? wrapped))).map(note)
      },
    },
    read: () => read,
    written: () => written,
  }
}

type Env = { readonly DEPLOYMENT_DB: Database }

/** The Worker as it is; each answer says in a header how many rows the request has read and written. */
// oxlint-disable-next-line import/no-default-export -- workerd takes a Worker from there.
export default {
  async fetch(request: Request, env: Env, ctx: Parameters<typeof app.fetch>[2]): Promise<Response> {
    const meter = metered(env.DEPLOYMENT_DB)
    const answer = await app.fetch(request, { ...env, DEPLOYMENT_DB: meter.db }, ctx)
    const response = new Response(answer.body, answer)
    response.headers.set('rows-read', String(meter.read()))
    response.headers.set('rows-written', String(meter.written()))
    return response
  },
}
