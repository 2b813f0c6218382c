import { readFileSync } from 'node:fs'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { failed, invalid } from './errors.ts'
import { dumpOf } from './execution.ts'
import { copyOf, keepText } from './files.ts'
import { File, databaseOf } from './queries.ts'
import { Export } from './schema.ts'
import { bookmarkNow } from './time-travel.ts'
import { fileAt, openFile } from './transfers.ts'

/** An export is made by the first call, and fetched by whoever polls with the bookmark that it was given. */
export function exportRoutes(api: Api, cloud: Cloud): void {
  api.post('/accounts/:account/d1/database/:id/export', async (c) => {
    const database = databaseOf(cloud.store, c.req.param('id'))
    const { current_bookmark: bookmark, dump_options: options } = await readJson(c, Export, invalid)
    if (bookmark !== undefined) return ok(finished(cloud, database.id, bookmark))
    const at = await bookmarkNow(cloud, database)
    const lines = await dumpOf(cloud, database, options)
    const hash = keepText(cloud, Buffer.from(lines.map((line) => `${line}\n`).join('')))
    openFile(cloud, database.id, { kind: 'export', name: at, hash })
    const messages = ['Generating dump']
    return ok({ success: true, type: 'export', at_bookmark: at, messages, status: 'active' }, { status: 202 })
  })
  api.get('/d1/files/:key', (c) => {
    const { hash, name } = fileAt(cloud, c.req.param('key'), 'export', c.req.path)
    const headers = {
      'content-type': 'application/sql',
      'content-disposition': `attachment; filename="${name}.sql"`,
    }
    return new Response(new Uint8Array(readFileSync(copyOf(cloud, hash ?? ''))), { headers })
  })
}

function finished({ store, url }: Cloud, databaseId: string, bookmark: string): object {
  const sql = `select key, database_id, name, etag, hash, expires_at from d1_files
    where database_id = ? and kind = 'export' and name = ? order by expires_at desc limit 1`
  const file = store.get(File, sql, databaseId, bookmark)
  if (!file) throw failed('Not currently exporting at that bookmark')
  const filename = `${databaseId}-${bookmark}.sql`
  return {
    success: true,
    type: 'export',
    at_bookmark: bookmark,
    messages: ['Uploaded part 1', 'Export complete'],
    status: 'complete',
    result: { filename, signed_url: `${url()}/client/v4/d1/files/${file.key}` },
  }
}
