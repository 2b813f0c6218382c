import type { Miniflare } from 'miniflare'
import type { startWorker } from './testing.ts'

type Report = {
  verified: boolean
  rows: number
  seals: number
  unsealed: number | null
  head: { number: number; hash: string; sealed_at: string } | null
  first_broken: { id: string | null; seal: number | null; reason: string } | null
  next: string | null
}

const manyRows = `insert into audit_log
    (outbox_id, at, actor, token_id, action, subject, outcome, request_id, address, changed, detail)
  with recursive c (v) as (select 1 union all select v + 1 from c where v < ?)
  select coalesce((select max(outbox_id) from audit_log), 0) + v, 1800000000000 + v, 'ci', 'tok-000000001', 'state.write',
    'team/' || v, 'success', 'request ' || v, '192.0.2.1', '["serial"]', json_object('serial', v) from c`

/** What the tests of the audit do to it. */
export function auditIn(worker: ReturnType<typeof startWorker>) {
  const report = async (cursor = ''): Promise<Report> =>
    (await (await worker.fetch(`/api/audit/verify${cursor && `?cursor=${cursor}`}`)).json()) as Report

  async function broken() {
    const { verified, first_broken: first } = await report()
    expect(verified).toBe(first === null)
    return first && { id: first.id, seal: first.seal, reason: first.reason }
  }

  const bucket = (): ReturnType<Miniflare['getR2Bucket']> => worker.server().getR2Bucket('RECORDS')
  const heads = async () => (await (await bucket()).list()).objects.map(({ key }) => key)

  /** Runs statements as somebody would who has the database in hand. */
  async function tamper(...statements: string[]): Promise<void> {
    const db = await worker.db()
    const { results } = await db
      .prepare("select name from sqlite_master where type = 'trigger'")
      .all<{ name: string }>()
    const drops = results.map(({ name }) => `drop trigger "${name}"`)
    await db.batch([...drops, ...statements].map((text) => db.prepare(text)))
  }

  /** Adds rows as the outbox does. */
  async function rows(count: number): Promise<void> {
    const db = await worker.db()
    await db.prepare(manyRows).bind(count).run()
  }

  /** Six rows below two seals. */
  async function twoSeals(): Promise<void> {
    await rows(4)
    await worker.minute()
    await rows(2)
    await worker.minute()
  }

  return { report, broken, bucket, heads, tamper, rows, twoSeals }
}
