import { iso } from '../../platform/clock.ts'
import { Secrets } from '../../platform/redact.ts'
import { breath } from './breath.ts'
import type { LedgerStore, StoredVersion } from './ledger-store.ts'
import { ObjectDiff } from './object-diff.ts'
import type { Pair } from './object-diff.ts'
import type { Refused } from './outcome.ts'
import { readabilityOf, withUnreadable } from './reading.ts'
import type { StateDiff } from './schema.ts'
import { choose, collect, survey } from './survey.ts'
import type { Chosen, Kept } from './survey.ts'

/** Two versions that can be compared. */
export type Sides = { readonly kind: 'sides'; readonly from: StoredVersion; readonly to: StoredVersion }

/** Finds the versions of two serials; by default the newest and the one before. */
export function chooseSides(
  store: LedgerStore,
  name: string,
  from: number | undefined,
  to: number | undefined,
): Sides | Refused {
  const newer = store.version(to)
  if (!newer) return unknown(to === undefined ? `The state ${name} has no version.` : missing(name, to))
  const older = from === undefined ? store.versionBefore(newer.version.version) : store.version(from)
  if (!older) {
    const serial = newer.version.serial
    return unknown(
      from === undefined ? `The state ${name} has no version before serial ${serial}.` : missing(name, from),
    )
  }
  for (const { version } of [older, newer]) {
    const { inventory, detail } = readabilityOf(version)
    // Of a state that is read in part nobody can tell what it does not hold.
    if (inventory !== 'complete')
      return { kind: 'problem', problem: 'conflict', reason: `Serial ${version.serial} cannot be compared. ${detail}` }
  }
  return { kind: 'sides', from: older, to: newer }
}

function missing(name: string, serial: number): string {
  return `The state ${name} has no version with the serial ${serial}.`
}

function unknown(reason: string): Refused {
  return { kind: 'problem', problem: 'not-found', reason }
}

/** Characters of JSON that are compared between two breaths: some 10 ms of work. */
const stretch = 100_000

/**
 * Tells what differs between two versions. Each is read twice, first for its secrets and the fingerprints of what it
 * holds, then for what differs: so the memory depends on the differences, and both versions' secrets are known by then.
 */
export async function compareSides(store: LedgerStore, name: string, { from, to }: Sides): Promise<StateDiff> {
  const secrets = new Secrets()
  const before = await survey(store, from.upload, secrets)
  const after = await survey(store, to.upload, secrets)
  const chosen = choose(before, after)
  const kept = { before: await collect(store, from.upload, chosen), after: await collect(store, to.upload, chosen) }
  const { changes, outputs, isWhole } = await compareKept(new ObjectDiff(secrets), chosen, kept)
  return {
    state: name,
    from: sideOf(from, before.unreadable),
    to: sideOf(to, after.unreadable),
    changes,
    outputs,
    truncated: !isWhole,
  }
}

type KeptSides = { readonly before: Kept; readonly after: Kept }

async function compareKept(diff: ObjectDiff, { resources, outputs, isAll }: Chosen, kept: KeptSides) {
  const pairOf = (kind: keyof Kept, name: string) => ({
    before: kept.before[kind].get(name),
    after: kept.after[kind].get(name),
  })
  const pairs = [...resources].map(([address, fits]) => ({ address, fits, pair: pairOf('resources', address) }))
  const named = [...outputs].filter(([, fits]) => fits).map(([name]) => ({ name, pair: pairOf('outputs', name) }))
  for await (const { pair } of paced(pairs)) diff.gather(pair)
  for await (const { pair } of paced(named)) diff.gatherOutput(pair)
  const found = []
  for await (const { address, pair, fits } of paced(pairs)) found.push(diff.change(address, pair, fits))
  const changes = found.filter((change) => change !== null)
  const listed = []
  for await (const { name, pair } of paced(named)) listed.push(...diff.output(name, pair))
  const isWhole = isAll && diff.isAll && named.length === outputs.size && !changes.some(({ truncated }) => truncated)
  return { changes, outputs: listed, isWhole }
}

/** Lets others have their turn in between. */
async function* paced<Item extends { readonly pair: Pair }>(items: readonly Item[]): AsyncGenerator<Item> {
  let done = 0
  for (const item of items) {
    yield item
    done += (item.pair.before?.length ?? 0) + (item.pair.after?.length ?? 0)
    if (done < stretch) continue
    await breath()
    done = 0
  }
}

function sideOf({ version }: StoredVersion, unreadable: number): StateDiff['from'] {
  const { inventory, detail } = withUnreadable(readabilityOf(version), unreadable)
  const { serial, lineage, terraform_version, instances, at } = version
  return {
    version: version.version,
    serial,
    lineage,
    terraform_version,
    resource_count: instances,
    inventory,
    inventory_detail: detail,
    created_at: iso(at),
  }
}
