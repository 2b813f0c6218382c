import { Refusal } from '../../../embedded/refusal.ts'
import { connected } from '../../connection.ts'
import { command } from '../../options.ts'
import { tell } from '../../output.ts'
import { readNewest, stateName } from '../../states/backend.ts'
import { readStateFile } from '../../states/document.ts'
import type { StateFile } from '../../states/document.ts'
import { whileLocked } from '../../states/lock.ts'
import { write } from '../../states/write.ts'

export const push = command({
  operands: ['name', 'file'],
  options: {
    force: { summary: 'Also a lower or the same serial, or another lineage; needs the scope force:<name>.' },
  },
  more: 'A file named - is stdin. The bytes are stored as they are: raise the serial of what you edited.',
  run: (given) =>
    connected(async (server) => {
      const name = stateName(given.operand('name'))
      const file = await readStateFile(given.operand('file'))
      const version = await whileLocked(server, name, 'state-push', async ({ id, signal }) => {
        const newest = await readNewest(server, name, signal)
        if (!given.has('force')) refuseStale(name, newest, file)
        return write(server, name, file, { id, signal })
      })
      tell(`Pushed: ${name} is at version ${version}, serial ${file.serial}, SHA-256 ${file.sha256}.`)
      return 0
    }),
})

/** Terraform refuses this itself, so the server takes what comes under such a lock for a forced push. */
function refuseStale(name: string, newest: StateFile | null, { lineage, serial, sha256 }: StateFile): void {
  if (newest === null || newest.sha256 === sha256) return
  if (newest.lineage !== lineage) {
    throw new Refusal(
      `The state ${name} has the lineage ${newest.lineage}; this one has ${lineage}, so it is the history of another state. --force writes it all the same.`,
    )
  }
  if (serial > newest.serial) return
  throw new Refusal(
    `The state ${name} is at serial ${newest.serial}; serial ${serial} is not newer. Raise the serial in the file if it holds your changes to that version; --force writes it as it is.`,
  )
}
