import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const require = createRequire(import.meta.url)
const Manifest = z.object({ version: z.string() })
const SourceMap = z.object({ sourcesContent: z.array(z.string()) })

/** The folder and version of an installed package. */
export type Package = { readonly folder: string; readonly version: string }

export function packageNamed(name: string): Package {
  const manifest = require.resolve(`${name}/package.json`)
  const { version } = Manifest.parse(JSON.parse(readFileSync(manifest, 'utf8')))
  return { folder: dirname(manifest), version }
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
