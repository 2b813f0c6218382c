import { Refusal } from '../../../embedded/refusal.ts'
import type { Server } from '../../api.ts'
import { connected } from '../../connection.ts'
import { command } from '../../options.ts'
import { backendPath, readNewest, stateName } from '../../states/backend.ts'
import { readStateFile } from '../../states/document.ts'
import type { StateFile } from '../../states/document.ts'
import { whileLocked } from '../../states/lock.ts'
import { pullFromTerraform } from '../../states/terraform.ts'
import { write } from '../../states/write.ts'

export const importState = command({
  operands: ['name', 'file?'],
  options: {},
  more: [
    'A file named - is stdin. Without a file, `terraform state pull` is run in this folder: whatever backend it has.',
    'THROUGHLINE_TERRAFORM names another binary, like tofu. The source is only read.',
  ].join('\n'),
  run: (given) =>
    connected(async (server) => {
      const name = stateName(given.operand('name'))
      const source = given.operand('file')
      const file = source === '' ? await pullFromTerraform() : await readStateFile(source)
      const version = (await isThere(server, name, file)) ? null : await bringIn(server, name, file)
      process.stdout.write(story(server, name, file, version))
      return 0
    }),
})

/** Whether the target holds these very bytes. @throws Refusal when it holds any other. */
async function isThere(server: Server, name: string, file: StateFile, signal?: AbortSignal): Promise<boolean> {
  const there = await readNewest(server, name, signal)
  if (there === null || there.sha256 === file.sha256) return there !== null
  throw new Refusal(
    `The state ${name} has a version already (serial ${there.serial}, lineage ${there.lineage}). Choose another name, write a newer version with \`throughline state push\`, or remove it first with \`throughline state delete ${name}\`.`,
  )
}

/** @returns the number of the version, or null when somebody else brought the same in meanwhile. */
async function bringIn(server: Server, name: string, file: StateFile): Promise<number | null> {
  return whileLocked(server, name, 'migration destination state', async (held) => {
    if (await isThere(server, name, file, held.signal)) return null
    const version = await write(server, name, file, held)
    prove(name, file, await readNewest(server, name, held.signal))
    return version
  })
}

function prove(name: string, sent: StateFile, found: StateFile | null): void {
  for (const what of ['lineage', 'serial', 'sha256'] as const) {
    if (found?.[what] === sent[what]) continue
    throw new Refusal(
      `The state ${name} was written but reads back with another ${what}: ${found?.[what] ?? 'none'} instead of ${sent[what]}. Do not use it before you know why.`,
    )
  }
}

function story(server: Server, name: string, file: StateFile, version: number | null): string {
  const { lineage, serial, sha256, instances, content } = file
  const what = instances === null ? 'an encrypted state' : `${instances} resource${instances === 1 ? '' : 's'}`
  const done = version === null ? 'was there already, with the same bytes' : `holds ${what} now, as version ${version}`
  return `${name} ${done}.
  serial ${serial}, lineage ${lineage}
  ${content.length} bytes, SHA-256 ${sha256}${version === null ? '' : ': read back and compared'}

Give the configuration a \`backend "http" {}\`, set these, and run \`terraform init -reconfigure\`:
export TF_HTTP_ADDRESS=${server.url}${backendPath(name)} TF_HTTP_USERNAME=x TF_HTTP_PASSWORD=$THROUGHLINE_TOKEN
export TF_HTTP_LOCK_ADDRESS=$TF_HTTP_ADDRESS TF_HTTP_UNLOCK_ADDRESS=$TF_HTTP_ADDRESS
`
}
