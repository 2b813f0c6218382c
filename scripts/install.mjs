// Installs the locked dependencies when they are missing or stale; runs before every npm script, on any Node from 20.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const modules = join(root, 'node_modules')

if (!isInstalled()) {
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: pathOutside() },
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`The dependencies could not be installed: npm ci failed${error ? ` (${error.message})` : ''}.`)
    process.exit(status ?? 1)
  }
}

/** Every package of the lockfile that is not optional stands in node_modules in its version, and so does Node itself. */
function isInstalled() {
  const wanted = packagesIn(join(root, 'package-lock.json'))
  const present = packagesIn(join(modules, '.package-lock.json'))
  if (!wanted || !present || !hasNode()) return false
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional, link }]) =>
      path === '' || optional || devOptional || link || present[path]?.version === version,
  )
}

/** npm writes the second of these files last, so that an interrupted installation counts as none. */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return null
  }
}

/** The package `node` fetches its binary in an install script; without it, scripts would silently use the shell's. */
function hasNode() {
  return ['node', 'node.cmd'].some((name) => existsSync(join(modules, '.bin', name)))
}

/** The shell's programs only: the Node in node_modules is about to be deleted. */
function pathOutside() {
  const { PATH = '' } = process.env
  return PATH.split(delimiter)
    .filter((folder) => folder !== join(modules, '.bin'))
    .join(delimiter)
}
