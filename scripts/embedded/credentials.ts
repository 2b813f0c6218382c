import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isTokenForm, newToken } from '../../worker/features/access/token.ts'
import type { Access } from './clouds.ts'
import { Refusal, codeOf } from './refusal.ts'

const Credentials = z.object({ client_auth_token: z.string().refine(isTokenForm) })
type Credentials = z.infer<typeof Credentials> & Partial<Access>

/** The owner's root token that the folder keeps: made on the first start, the same ever after. */
export function keptToken(folder: string): string {
  const file = join(folder, 'credentials.json')
  const text = readIfThere(file)
  if (text === null) return keep(file, { client_auth_token: newToken() })
  try {
    return Credentials.parse(JSON.parse(text)).client_auth_token
  } catch {
    throw new Refusal(`${file} holds no usable client_auth_token: mend it, or delete it to have a new token made.`)
  }
}

/** The key of leased tokens' values that no Secrets Store had a place for; kept like the token, beside it. */
export function keptLeaseKey(folder: string): string {
  const file = join(folder, 'lease-key')
  const kept = readIfThere(file)
  if (kept === null) return write(file, newToken())
  if (isTokenForm(kept)) return kept
  throw new Refusal(`${file} holds no usable key: delete it to have a new one made, and values that it kept rolled.`)
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw new Refusal(`${file} cannot be read (${codeOf(error)}).`)
  }
}

/** Writes down what scripts need to reach the server and its clouds. */
export function writeCredentials(folder: string, token: string, access: Access): void {
  keep(join(folder, 'credentials.json'), { client_auth_token: token, ...access })
}

function keep(file: string, credentials: Credentials): string {
  write(file, `${JSON.stringify(credentials, null, 2)}\n`)
  return credentials.client_auth_token
}

/** Written beside and renamed, so that a crash leaves the whole file or none. */
function write(file: string, text: string): string {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  renameSync(draft, file)
  return text
}
