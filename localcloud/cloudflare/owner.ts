import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { newValue } from './identity/token.ts'

const Kept = z.object({ api_token: z.string().regex(/^[0-9A-Za-z_-]{40,80}$/) })

/** The owner's token that the folder keeps: made on the first start, the same ever after. The store has its hash only. */
export function ownerToken(folder: string): string {
  const file = join(folder, 'owner.json')
  try {
    return Kept.parse(JSON.parse(readFileSync(file, 'utf8'))).api_token
  } catch {
    const value = newValue('user')
    const draft = `${file}.${process.pid}`
    writeFileSync(draft, `${JSON.stringify({ api_token: value })}\n`, { mode: 0o600, flush: true })
    renameSync(draft, file)
    return value
  }
}
