import { gzipSync } from 'node:zlib'
import type { Context } from 'hono'
import { z } from 'zod'
import type { Blobs } from '../blobs.ts'
import { parseJson } from '../body.ts'
import { problems } from './errors.ts'
import { Metadata } from './metadata.ts'
import type { Module, ModuleKind } from './schema.ts'

/** Code before compression, and after it. */
const [longest, longestPacked] = [25 * 1024 * 1024, 10 * 1024 * 1024]

const kinds: Readonly<Record<string, ModuleKind>> = {
  'application/javascript+module': 'esm',
  'application/javascript': 'cjs',
  'text/javascript+module': 'esm',
  'text/javascript': 'cjs',
  'application/wasm': 'wasm',
  'application/octet-stream': 'data',
  'application/json': 'json',
  'text/plain': 'text',
  'text/x-python': 'python',
  'text/x-python-requirement': 'requirement',
}

/** A part that holds code or what belongs to it. */
export type Part = { readonly name: string; readonly type: string; readonly bytes: Uint8Array }

/** A script as it came: what is said about it, and its parts. */
export type Upload = { readonly metadata: Metadata; readonly parts: readonly Part[] }

/** Reads an upload: parts of a form, or one bare script of the old kind. */
export async function readUpload(c: Context, metadataName = 'metadata'): Promise<Upload> {
  const type = c.req.header('content-type') ?? ''
  if (/^(application|text)\/javascript/.test(type)) return bareScript(new Uint8Array(await c.req.arrayBuffer()), type)
  if (!type.startsWith('multipart/form-data')) throw problems.notMultipart()
  const form = await c.req.formData().catch(() => {
    throw problems.noMetadata()
  })
  return uploadIn(form, metadataName)
}

/** Source maps are not modules: they are dropped. */
async function uploadIn(form: FormData, metadataName: string): Promise<Upload> {
  const told = form.get(metadataName)
  if (told === null) throw problems.noMetadata()
  const metadata = parseJson(typeof told === 'string' ? told : await told.text(), Metadata, problems.badMetadata)
  const parts: Part[] = []
  for (const [name, value] of form.entries()) {
    if (name === metadataName || (typeof value !== 'string' && value.type === 'application/source-map')) continue
    parts.push(
      typeof value === 'string'
        ? { name, type: 'text/plain', bytes: Buffer.from(value) }
        : { name: value.name || name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) },
    )
  }
  return { metadata, parts }
}

function bareScript(bytes: Uint8Array, type: string): Upload {
  const isModule = type.includes('+module')
  const name = isModule ? 'worker.mjs' : 'worker.js'
  const metadata = Metadata.parse(isModule ? { main_module: name } : { body_part: name })
  return {
    metadata,
    parts: [{ name, type: isModule ? 'application/javascript+module' : 'application/javascript', bytes }],
  }
}

const JsonModule = z.object({ name: z.string(), content_type: z.string(), content_base64: z.string() })

/** Reads the modules of the JSON way to upload. */
export function partsOf(modules: unknown): Part[] {
  const listed = z.array(JsonModule).safeParse(modules ?? [])
  if (!listed.success) throw problems.badBody('modules')
  return listed.data
    .filter(({ content_type: type }) => type !== 'application/source-map')
    .map(({ name, content_type: type, content_base64: text }) => ({ name, type, bytes: Buffer.from(text, 'base64') }))
}

/** Keeps the parts as blobs. Nothing names them yet, so that an upload that is refused afterwards leaves no trace. */
export function storeModules(parts: readonly Part[], main: string, isService: boolean, blobs: Blobs): Module[] {
  proveSize(parts)
  return parts.map(({ name, type, bytes }) => {
    const kind = kindOf(name, type, name === main, isService)
    if (kind === 'python' || kind === 'requirement') throw problems.noPython()
    return { name, kind, hash: blobs.put(bytes), size: bytes.length }
  })
}

function kindOf(name: string, type: string, isMain: boolean, isService: boolean): ModuleKind {
  if (isMain && isService) return 'service'
  const kind = kinds[type.split(';')[0]?.trim() ?? '']
  if (kind) return kind
  return /\.m?js$/.test(name) ? 'esm' : 'data'
}

function proveSize(parts: readonly Part[]): void {
  const total = parts.reduce((sum, { bytes }) => sum + bytes.length, 0)
  if (total > longest) throw problems.tooLarge('25 MiB')
  if (total <= longestPacked) return
  const packed = parts.reduce((sum, { bytes }) => sum + gzipSync(bytes, { level: 1 }).length, 0)
  if (packed > longestPacked) throw problems.tooLarge('10 MiB')
}
