import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Server } from '../cli/api.ts'
import { deliver } from './delivery.ts'
import type { Outcome } from './delivery.ts'
import { memberOf, parseJson } from './members.ts'
import { isGone } from './owner.ts'
import { removeLeftPlans } from './plan-file.ts'
import { Spool, spoolHome } from './spool.ts'

/** What became of the runs that waited, and why some still do. */
export type Delivered = { delivered: number; waiting: number; rejected: number; readonly reasons: Set<string> }

/** A folder without a beginning is taken as a leftover after so long. */
const patienceMs = 60_000

/** Delivers what earlier recorders have left behind, each run once, and tidies up after those that were killed. */
export async function deliverLeftovers(home: string, server: Server, ms: number): Promise<Delivered> {
  removeLeftPlans(home)
  const tally: Delivered = { delivered: 0, waiting: 0, rejected: 0, reasons: new Set() }
  const signal = AbortSignal.timeout(ms)
  for (const folder of foldersIn(spoolHome(home))) {
    const spool = new Spool(folder)
    if (!isLeft(spool, server)) continue
    if (signal.aborted) tally.waiting += 1
    else note(tally, await deliverLeft(spool, server, signal))
  }
  return tally
}

function foldersIn(home: string): string[] {
  try {
    return readdirSync(home)
      .toSorted()
      .map((name) => join(home, name))
  } catch {
    return []
  }
}

/** Whether nobody else will deliver it, and this server is the one that it is for. */
function isLeft(spool: Spool, server: Server): boolean {
  const begun = parseJson(String(spool.read('create.json')))
  const owner = memberOf(begun, 'owner')
  if (typeof owner !== 'string') {
    if (spool.silentFor(Date.now()) > patienceMs) spool.clear()
    return false
  }
  return memberOf(begun, 'server') === server.url && isGone(owner, spool.silentFor(Date.now()))
}

async function deliverLeft(spool: Spool, server: Server, signal: AbortSignal): Promise<Outcome> {
  if (!spool.has('finish.json')) {
    const reason = 'The recorder ended before the run did.'
    spool.put('finish.json', JSON.stringify({ status: 'abandoned', reason }))
  }
  return deliver(spool, server, { signal })
}

function note(tally: Delivered, { kind, reason }: Outcome): void {
  if (reason !== '') tally.reasons.add(reason)
  if (kind === 'rejected') tally.rejected += 1
  else if (kind === 'delivered' || kind === 'upToDate') tally.delivered += 1
  else tally.waiting += 1
}
