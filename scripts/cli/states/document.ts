import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { Refusal, codeOf } from '../../embedded/refusal.ts'

/** What tells one state file from another; OpenTofu's encrypted ones show it, too. */
const Head = z.object({
  lineage: z.string().min(1),
  serial: z.int().min(0),
  resources: z.array(z.object({ instances: z.array(z.unknown()) }).loose()).optional(),
})

/** A state file: its bytes, and what they say of themselves. */
export type StateFile = {
  readonly content: Buffer
  readonly lineage: string
  readonly serial: number
  /** Resource instances and data sources; null when the file is encrypted. */
  readonly instances: number | null
  readonly sha256: string
}

/** Reads the bytes of a state. @param source names them in the refusal of what is no state. */
export function stateFileOf(content: Buffer, source: string): StateFile {
  const head = Head.safeParse(parse(content))
  if (!head.success) {
    const why = content.length === 0 ? 'it is empty' : 'it is not JSON with a lineage and a serial'
    throw new Refusal(`${source} is no Terraform state: ${why}.`)
  }
  const { lineage, serial, resources } = head.data
  const instances = resources?.reduce((sum, resource) => sum + resource.instances.length, 0) ?? null
  return { content, lineage, serial, instances, sha256: sha256Of(content) }
}

/** Reads a state from a file, or from stdin when it is called `-`. */
export async function readStateFile(file: string): Promise<StateFile> {
  if (file === '-') return stateFileOf(await buffer(process.stdin), 'What came on stdin')
  const content = await readFile(file).catch((error: unknown) => {
    const why = codeOf(error) === 'ENOENT' ? 'there is no such file' : codeOf(error)
    throw new Refusal(`${file} cannot be read: ${why}.`)
  })
  return stateFileOf(content, file)
}

function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString())
  } catch {
    return undefined
  }
}
