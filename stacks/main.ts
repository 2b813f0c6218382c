import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { declareStacks, PolicyViolation, synthesize } from './app.ts'
import { readSettings } from './owners-settings.ts'
import { checkSettings, SettingsProblem } from './schema/settings.ts'

// The server that the recorder reports to, and how cdktf's own command line says where it looks.
const { THROUGHLINE_URL, WORKER_URL, CDKTF_OUTDIR } = process.env
const url = THROUGHLINE_URL || WORKER_URL
const outdir = CDKTF_OUTDIR || join(import.meta.dirname, '../cdktf.out')

try {
  const settings = await readSettings()
  const checked = checkSettings(url ? { ...settings, url } : settings)
  // What an earlier synthesis left would be deployed with the rest.
  rmSync(outdir, { recursive: true, force: true })
  const app = declareStacks(checked, outdir)
  synthesize(app)
  const names = app.node.children.map(({ node }) => node.id)
  console.log(`${names.join(', ')} → ${relative(process.cwd(), outdir)}/stacks`)
} catch (error) {
  if (!(error instanceof SettingsProblem || error instanceof PolicyViolation)) throw error
  console.error(error.message)
  process.exitCode = 1
}
