import type { Statement } from '../../platform/sql.ts'
import { changeRepositories } from '../repositories/projection.ts'
import { changeResources } from '../resources/projection.ts'
import type { Change, Source } from '../resources/projection.ts'

/** What a version changes in all that is read out of states: a part of it, for one batch. */
export function changeInventory(source: Source, changes: readonly Change[]): Statement[] {
  return [...changeResources(source, changes), ...changeRepositories(source, changes)]
}
