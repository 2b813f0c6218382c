import { z } from 'zod'
import { Refusal } from '../../embedded/refusal.ts'
import { reasonIn } from '../api.ts'
import type { Server } from '../api.ts'
import { understood } from '../connection.ts'
import { plain } from '../text.ts'
import { backendPath, send } from './backend.ts'
import type { StateFile } from './document.ts'
import type { Held } from './lock.ts'

const Stored = z.object({ version: z.int() })

/** Writes a state under its lock. @returns the number of its version. */
export async function write(server: Server, name: string, { content }: StateFile, held: Held): Promise<number> {
  const path = `${backendPath(name)}?${new URLSearchParams({ ID: held.id })}`
  const answer = await send(server, path, { method: 'POST', body: content, signal: held.signal })
  if (answer.status !== 200) throw new Refusal(plain(reasonIn(answer)))
  return understood(Stored, answer.body).version
}
