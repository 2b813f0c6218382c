import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { Block } from './schema.ts'

/** What was recovered of a package so far. Null stands for a type that it does not have. */
export type Recovered = {
  readonly configuration: Block
  readonly types: Readonly<Record<string, Block | null>>
}

const Recovered: z.ZodType<Recovered> = z.object({
  configuration: Block,
  types: z.record(z.string(), Block.nullable()),
})

/** What an earlier start kept; null when there is nothing that can be read. */
export function readCache(file: string): Recovered | null {
  try {
    return Recovered.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

/** Keeps it for the next start. Of two that start at once the last one wins: the other's types are read again. */
export function writeCache(file: string, recovered: Recovered): void {
  const fresh = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(fresh, JSON.stringify(recovered))
    renameSync(fresh, file)
  } catch {
    // A folder that cannot be written only costs time.
  }
}
