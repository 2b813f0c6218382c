import type { z } from 'zod'
import { Refusal } from '../embedded/refusal.ts'
import { reasonIn, Server, unreachable } from './api.ts'
import { surviveClosedPipe } from './output.ts'
import { accessOf, readSettings } from './settings.ts'
import { plain, plainJson } from './text.ts'

/** Runs a command that speaks with the server of the environment. */
export async function connected(work: (server: Server) => Promise<number>): Promise<number> {
  surviveClosedPipe()
  const server = new Server(accessOf(readSettings(process.env)))
  try {
    return await work(server)
  } finally {
    server.close()
  }
}

/** The body of a successful answer as it is. @throws Refusal with the server's reason, or why it was not reached. */
export async function textOf(server: Server, path: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await server.ask(path, { headers }).catch((error: unknown) => {
    throw new Refusal(unreachable(server.url, error))
  })
  if (answer.status >= 200 && answer.status <= 299) return answer.body
  throw new Refusal(plain(reasonIn(answer)))
}

/** What the server said, in the form that this command knows. @throws Refusal when it has another. */
export function understood<Schema extends z.ZodType>(schema: Schema, body: string): z.infer<Schema> {
  const parsed = schema.safeParse(jsonIn(body))
  if (parsed.success) return parsed.data
  const place = parsed.error.issues[0]?.path.join('.') || 'its beginning'
  throw new Refusal(
    `The server's answer has an unknown form (at ${place}): the server and this command are of different versions.`,
  )
}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Prints the server's JSON as it came; a terminal is not given what would steer it. */
export function printJson(body: string): void {
  process.stdout.write(`${process.stdout.isTTY ? plainJson(body) : body}\n`)
}

/** A path with a query of the values that are there. */
export function pathWith(path: string, values: Readonly<Record<string, string | number | null>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value !== null) query.set(name, String(value))
  return query.size === 0 ? path : `${path}?${query}`
}
