import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sqlite } from '../../scripts/embedded/sqlite.ts'

/** What is sought: the forms of a secret, by its name. */
export type Needles = ReadonlyMap<string, readonly string[]>

/**
 * The forms in which a secret would betray itself. Its random core stands for the whole and for what escapes or splits
 * its other characters; base64 differs with the place of the first byte, so there are three of it.
 */
export function formsOf(secret: string, core: string): string[] {
  const shifted = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('\0'.repeat(shift) + secret).toString('base64')
    // The characters at the edges depend on the neighbours as well.
    return encoded.slice(4, -4)
  })
  return [...new Set([secret, core, encodeURIComponent(secret), ...shifted])]
}

/** The names of the secrets that occur in a text. */
export function namesIn(text: string, needles: Needles): string[] {
  return [...needles].filter(([, forms]) => forms.some((form) => text.includes(form))).map(([name]) => name)
}

/** Each place below a folder where a secret occurs, also after decompression, as `<file>[ <table>.<column>]: <name>`. */
export function placesIn(folder: string, needles: Needles): string[] {
  const found = new Set<string>()
  const seek = (place: string, content: Uint8Array) => {
    for (const name of namesIn(readable(content), needles)) found.add(`${place}: ${name}`)
  }
  const databases: string[] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const content = readFileSync(path)
    // The file as it is also holds what SQLite has deleted but not yet overwritten.
    seek(relative(folder, path), content)
    if (content.subarray(0, 15).toString() === 'SQLite format 3') databases.push(path)
  }
  // Afterwards, since closing a database removes its companions.
  for (const path of databases) seekInDatabase(path, relative(folder, path), seek)
  return [...found].toSorted()
}

function seekInDatabase(path: string, place: string, seek: (place: string, content: Uint8Array) => void): void {
  const { DatabaseSync } = sqlite()
  const db = new DatabaseSync(path)
  try {
    for (const { name: table } of db.prepare("select name from sqlite_master where type = 'table'").all()) {
      const rows = db.prepare(`select * from "${String(table)}"`)
      rows.setReadBigInts(true)
      for (const row of rows.all()) {
        for (const [column, value] of Object.entries(row)) {
          seek(`${place} ${String(table)}.${column}`, value instanceof Uint8Array ? value : Buffer.from(String(value)))
        }
      }
    }
  } finally {
    db.close()
  }
}

function readable(content: Uint8Array): string {
  const bytes = content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content) : content
  return Buffer.from(bytes).toString('latin1')
}
