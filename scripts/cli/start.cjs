// Starts the command line. Node would load and strip some hundred modules at each start, which takes longer than all the
// rest; so they are bundled once, and again when one of them has changed. Measured: 25 ms instead of 85. This file and
// the bundles are CommonJS because that starts faster than modules do.
const { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

const root = join(__dirname, '../..')
// Below the project, where nobody else can plant code.
const folder = join(root, '.build/cli')

/** The recorder is in every terraform's way: its bundle leaves out what only the other commands need. */
const isRecorder = ['terraform', 'deliver'].includes(process.argv[2] ?? '')
const name = isRecorder ? 'recorder' : 'commands'
const index = join(folder, `${name}.json`)

const bundle = keptBundle() ?? build()
enableCompileCache?.(join(folder, 'compiled'))
if (bundle !== null) {
  require(bundle)
} else if (process.features.typescript) {
  void import('../throughline.ts')
} else {
  console.error(`Throughline needs the Node that belongs to it: run \`npm ci\` in ${root}.`)
  process.exitCode = 1
}

/** The bundle, if nothing that it was made of has changed. */
function keptBundle() {
  try {
    const { file, inputs } = JSON.parse(readFileSync(index, 'utf8'))
    return inputs.every(([path, version]) => versionOf(path) === version) ? join(folder, file) : null
  } catch {
    return null
  }
}

function versionOf(path) {
  const { mtimeMs, size } = statSync(`${root}/${path}`)
  return `${mtimeMs} ${size}`
}

/** Null where it cannot be made: the project may be another user's. */
function build() {
  try {
    mkdirSync(folder, { recursive: true })
    const { metafile, outputFiles } = require('esbuild').buildSync({
      entryPoints: [join(root, 'scripts/throughline.ts')],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      minifySyntax: true,
      minifyWhitespace: true,
      platform: 'node',
      format: 'cjs',
      target: 'node22',
      external: isRecorder ? ['./cli/commands/*'] : [],
      logLevel: 'silent',
    })
    const own = Object.keys(metafile.inputs).filter((path) => !path.startsWith('node_modules/'))
    const inputs = [...own, 'package-lock.json', 'scripts/cli/start.cjs'].map((path) => [path, versionOf(path)])
    const file = `${name}-${process.pid}-${Date.now()}.cjs`
    writeFileSync(join(folder, file), outputFiles[0].contents)
    keep(index, JSON.stringify({ file, inputs }))
    for (const old of readdirSync(folder)) {
      if (old.startsWith(`${name}-`) && old !== file) rmSync(join(folder, old))
    }
    return join(folder, file)
  } catch {
    return null
  }
}

/** Written beside and renamed: another start may be reading it. */
function keep(path, text) {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text)
  renameSync(draft, path)
}
