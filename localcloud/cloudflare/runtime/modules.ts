import { posix } from 'node:path'
import type { Worker_Module as WorkerModule } from 'miniflare'
import type { Blobs } from '../blobs.ts'
import type { Module, ModuleKind } from '../scripts/schema.ts'

/** The code of a version as workerd's configuration holds it. */
export type Source = { readonly modules: WorkerModule[] } | { readonly serviceWorkerScript: string }

type Make = (name: string, bytes: Buffer) => WorkerModule

const makers: Readonly<Record<ModuleKind, Make>> = {
  esm: (name, bytes) => ({ name, esModule: bytes.toString('utf8') }),
  cjs: (name, bytes) => ({ name, commonJsModule: bytes.toString('utf8') }),
  service: (name, bytes) => ({ name, commonJsModule: bytes.toString('utf8') }),
  text: (name, bytes) => ({ name, text: bytes.toString('utf8') }),
  json: (name, bytes) => ({ name, json: bytes.toString('utf8') }),
  data: (name, bytes) => ({ name, data: bytes }),
  wasm: (name, bytes) => ({ name, wasm: bytes }),
  python: (name, bytes) => ({ name, pythonModule: bytes.toString('utf8') }),
  requirement: (name) => ({ name, pythonRequirement: '' }),
}

type Coded = { readonly main: string; readonly modules: readonly Module[] }

/** workerd starts with the first module. */
export function sourceOf({ main, modules }: Coded, blobs: Blobs): Source {
  if (modules.length === 0) return { modules: [{ name: 'index.js', esModule: 'export default {}' }] }
  const first = modules.find(({ name }) => name === main)
  if (first?.kind === 'service') return { serviceWorkerScript: blobs.get(first.hash).toString('utf8') }
  const ordered = [...(first ? [first] : []), ...modules.filter((module) => module !== first)]
  return { modules: ordered.map((module) => makers[module.kind](posix.normalize(module.name), blobs.get(module.hash))) }
}
