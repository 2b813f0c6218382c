// Reads our TypeScript for whoever starts us: types are stripped once and kept, because Node would load its stripper at
// every start, which takes longer than all the rest. Kept below the project, where nobody else can plant code.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import * as module from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(import.meta.dirname, '../..')
const kept = join(root, '.build/cli')

if (!module.registerHooks) {
  console.error(`Throughline needs the Node that belongs to it: run \`npm ci\` in ${root}.`)
  process.exit(1)
}
module.enableCompileCache(join(kept, 'compiled'))
module.registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
    const file = fileURLToPath(url)
    return { format: 'module', source: keptSource(file) ?? strip(file), shortCircuit: true }
  },
})

/** The first line tells which version of the file the rest was made of. */
function keptSource(file) {
  try {
    const source = readFileSync(placeOf(file), 'utf8')
    return source.startsWith(versionOf(file)) ? source.slice(source.indexOf('\n') + 1) : null
  } catch {
    return null
  }
}

function strip(file) {
  const version = versionOf(file)
  const source = withoutWarnings(() => module.stripTypeScriptTypes(readFileSync(file, 'utf8')))
  keep(placeOf(file), version + source)
  return source
}

/** Written beside and renamed: another process may be reading it. A project that cannot be written is read all the same. */
function keep(place, text) {
  const draft = `${place}.${process.pid}`
  try {
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(draft, text)
    renameSync(draft, place)
  } catch {
    // The next start strips again.
  }
}

function versionOf(file) {
  const { mtimeMs, size } = statSync(file)
  return `// ${process.version} ${mtimeMs} ${size}\n`
}

function placeOf(file) {
  return `${join(kept, 'stripped', relative(root, file))}.js`
}

/** Node says at each use that its stripper is young. */
function withoutWarnings(work) {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return work()
  } finally {
    process.emitWarning = emitWarning
  }
}
