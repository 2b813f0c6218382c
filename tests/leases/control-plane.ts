import { readFileSync } from 'node:fs'
import { manifest } from '../../scripts/embedded/manifest.ts'
import { serve } from '../../scripts/embedded/server.ts'
import { tieRuntime } from '../../scripts/embedded/workerd.ts'

/** How a control plane is started that may be killed: `script` is the file of its bundle. */
export type Start = {
  readonly folder: string
  readonly port: number
  readonly script: string
  readonly token: string
  readonly bindings: Record<string, string>
}

const { script, ...place } = JSON.parse(process.argv[2] ?? '') as Start
const untie = await tieRuntime(place.folder)
const server = await serve(manifest, readFileSync(script, 'utf8'), { host: '127.0.0.1', ...place })
console.log('ready')
process.once('SIGTERM', () => {
  void server.stop().then(() => {
    untie()
    process.exit(0)
  })
})
