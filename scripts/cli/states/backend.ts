import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { faultOf } from '../../../worker/features/states/name.ts'
import { Refusal } from '../../embedded/refusal.ts'
import { reasonIn, unreachable } from '../api.ts'
import type { Answer, Call, Server } from '../api.ts'
import { Misuse } from '../command.ts'
import { plain } from '../text.ts'
import { stateFileOf } from './document.ts'
import type { StateFile } from './document.ts'

/** When a request is sent again whose answer did not come, in milliseconds: as often as Terraform does. */
const pauses = [1000, 3000]

/** A body of 100 MB may take its time. */
const silenceMs = 120_000

/** A name of a state as a person wrote it. */
export function stateName(text: string): string {
  const fault = faultOf(text)
  if (fault === null) return text
  throw new Misuse(`${JSON.stringify(text)} is no name of a state. ${fault}`)
}

/** The state's address in the API. */
export function apiPath(name: string): string {
  return `/api/states/${encodeURIComponent(name)}`
}

/** The state's address for Terraform. */
export function backendPath(name: string): string {
  return `/state/${name}`
}

/** The newest version of a state, or null before the first. */
export async function readNewest(server: Server, name: string, signal?: AbortSignal): Promise<StateFile | null> {
  const { status, content } = await persist(server, signal, async () => {
    const response = await server.open(backendPath(name), { silenceMs, ...(signal && { signal }) })
    return { status: response.statusCode ?? 0, content: await buffer(response) }
  })
  if (status === 404) return null
  if (status !== 200) throw new Refusal(plain(reasonIn({ status, body: content.toString() })))
  return stateFileOf(content, `The state ${name} on the server`)
}

/** Sends a request of Terraform's protocol, whose answers are the same however often it comes. */
export async function send(server: Server, path: string, call: Call): Promise<Answer> {
  const request = { silenceMs, ...call, headers: headersFor(call) }
  return persist(server, call.signal, () => server.ask(path, request))
}

/** Asks again when no answer came, or the server was not able to give one. */
async function persist<Got extends { readonly status: number }>(
  server: Server,
  signal: AbortSignal | undefined,
  ask: () => Promise<Got>,
): Promise<Got> {
  for (const pause of pauses) {
    const answer = await ask().catch(() => null)
    if (answer !== null && isFinal(answer.status)) return answer
    await sleep(pause, undefined, { signal })
  }
  return ask().catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new Refusal(unreachable(server.url, error))
  })
}

function isFinal(status: number): boolean {
  return status !== 429 && (status < 500 || status === 501)
}

/** The server compares what arrives with its digest. */
function headersFor({ body = '' }: Call): Record<string, string> {
  return { 'content-type': 'application/json', 'content-md5': createHash('md5').update(body).digest('base64') }
}
