import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync } from 'node:fs'
import { numberParam, param, routesOf } from '../front/routes.ts'
import { found, notFound } from '../platform/problem.ts'
import { keptValue } from '../platform/settings.ts'
import { sql } from '../platform/sql.ts'
import { zip } from '../platform/zip.ts'
import type { ZipEntry } from '../platform/zip.ts'
import { blobsOf } from '../releases/assets.ts'
import type { Call, World } from '../world.ts'
import { readLog } from './masks.ts'
import { tracesIn } from './processes.ts'
import { artifactsWhere, jobById, jobsOf } from './queries.ts'
import { folderOf } from './runner.ts'
import type { Job } from './schema.ts'

/** What may be fetched by whoever has the address, for a minute, as from GitHub's store. */
export const downloadRoutes = routesOf({ 'GET /_services/files/:kind/:id': send })

type Kind = 'job' | 'run' | 'artifact'
const lifetime = 60_000

/** Sends a client to where a file is. */
export function redirectTo(world: World, kind: Kind, name: string): Response {
  const expires = world.now() + lifetime
  const signature = sign(world, kind, name, expires)
  const location = `${world.site.html}/_services/files/${kind}/${name}?expires=${expires}&signature=${signature}`
  return new Response(null, { status: 302, headers: { location } })
}

function sign({ store }: World, kind: string, name: string, expires: number): string {
  const key = keptValue(store, 'file_key', () => randomBytes(32).toString('hex'))
  return createHmac('sha256', key).update(`${kind} ${name} ${expires}`).digest('hex')
}

function send(world: World, c: Call): Response {
  const [kind, name] = [param(c, 'kind'), param(c, 'id')]
  const expires = Number(c.req.query('expires'))
  const given = Buffer.from(c.req.query('signature') ?? '')
  const wanted = Buffer.from(sign(world, kind, name, expires))
  const isSigned = given.length === wanted.length && timingSafeEqual(given, wanted)
  if (!isSigned || !(expires > world.now())) throw notFound()
  return found(files[kind])(world, c)
}

const files: Record<string, (world: World, c: Call) => Response> = {
  job: (world, c) => {
    const headers = { 'content-type': 'text/plain; charset=utf-8' }
    return new Response(logOf(world, numberParam(c, 'id')), { headers })
  },
  run: (world, c) => {
    const [run, attempt] = param(c, 'id').split('-').map(Number)
    const jobs = jobsOf(world.store, run ?? 0).filter(
      ({ run_attempt }) => attempt === undefined || run_attempt === attempt,
    )
    const latest = jobs.at(-1)?.run_attempt
    const entries = jobs
      .filter(({ run_attempt }) => run_attempt === (attempt ?? latest))
      .flatMap((job, index) => logEntries(world, job, index))
    return archive(zip(entries))
  },
  artifact: (world, c) => {
    const [artifact] = artifactsWhere(world.store, sql`id = ${numberParam(c, 'id')}`)
    if (!artifact) throw notFound()
    return archive(blobsOf(world).get(artifact.hash))
  },
}

/** What a job said, whole and by its steps, of which there is one: `gh run view --log` reads those. */
function logEntries(world: World, { id, name, command }: Job, index: number): ZipEntry[] {
  const bytes = Buffer.from(logOf(world, id))
  const step = `Run ${command ?? ''}`.replaceAll(/[/\\:*?"<>|\n]/g, '').slice(0, 90)
  return [
    { name: `${index}_${name}.txt`, bytes },
    { name: `${name}/1_${step}.txt`, bytes },
  ]
}

function archive(bytes: Buffer): Response {
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': 'application/zip' } })
}

/** What a job has said. */
function logOf(world: World, id: number): string {
  const folder = folderOf(world, id)
  return readLog(folder, tracesIn(folder).log)
}

/** Whether there is something to read: never before the job has ended. */
export function hasLog(world: World, id: number): boolean {
  return jobById(world.store, id)?.status === 'completed' && existsSync(tracesIn(folderOf(world, id)).log)
}
