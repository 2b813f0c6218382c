import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { fromJson } from '../../platform/columns.ts'
import { Problem } from '../../platform/problem.ts'
import type { Code } from './content.ts'

const Stored = fromJson(
  z.object({
    main: z.string(),
    modules: z.array(z.object({ name: z.string(), type: z.string(), text: z.string() })),
  }),
)

/** What a run's input says of its content; the content itself may hold what is no business of the database. */
export const ContentNote = z.object({
  key: z.string(),
  sha256: z.string(),
  main: z.string(),
  files: z.int(),
  bytes: z.int(),
})
export type ContentNote = z.infer<typeof ContentNote>

const folderOf = (project: string) => `flows/content/${project}/`
/** Content of a run that was never accepted is taken away with a later one's, once it is this old. */
const forgottenMs = 3_600_000

/** Keeps content for the run that is to deploy it. The same content again is the same object. */
export async function keepContent(bucket: R2Bucket, project: string, code: Code): Promise<ContentNote> {
  const text = JSON.stringify(code)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const sha256 = Buffer.from(digest).toString('hex')
  const key = `${folderOf(project)}${sha256}`
  await bucket.put(key, text)
  const bytes = code.modules.reduce((sum, module) => sum + Buffer.byteLength(module.text), 0)
  return { key, sha256, main: code.main, files: code.modules.length, bytes }
}

export async function readContent(bucket: R2Bucket, { key }: ContentNote): Promise<Code> {
  const found = await bucket.get(key)
  if (!found) throw new Problem('conflict', 'The content is no longer kept: send it again.')
  return Stored.parse(await found.text())
}

/** Takes away a run's content, and what runs that were never accepted have left. */
export async function dropContent(bucket: R2Bucket, project: string, key: string, at: Moment): Promise<void> {
  const { objects } = await bucket.list({ prefix: folderOf(project) })
  const old = objects.filter(({ uploaded }) => uploaded.getTime() < at - forgottenMs)
  await bucket.delete([key, ...old.map((object) => object.key)])
}
