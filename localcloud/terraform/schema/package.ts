import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const Manifest = z.object({ version: z.string() })
const SourceMap = z.object({ sourcesContent: z.array(z.string()) })

/** The folder and version of an installed package. */
export type Package = { readonly folder: string; readonly version: string }

export function packageAt(manifest: string): Package {
  const file = fileURLToPath(manifest)
  const { version } = Manifest.parse(JSON.parse(readFileSync(file, 'utf8')))
  return { folder: dirname(file), version }
}

/** The TypeScript that a part of a package was generated as; null when the package has no such part. */
export function sourceOf({ folder }: Package, part: string): string | null {
  const compiled = textOf(join(folder, 'lib', part, 'index.js'))
  if (compiled === null) return null
  const mark = 'sourceMappingURL=data:application/json;base64,'
  const map = Buffer.from(compiled.slice(compiled.lastIndexOf(mark) + mark.length).trim(), 'base64')
  return SourceMap.parse(JSON.parse(map.toString())).sourcesContent.join('\n')
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
