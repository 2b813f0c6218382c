import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg, type } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Finding } from './finding.ts'
import { firstLine, run } from './processes.ts'
import { repository } from './server.ts'

/** One time that a metric was measured; `seconds` is how long all its attempts took. */
export type Attempt = { readonly metric: string; readonly seconds: number; readonly findings: readonly Finding[] }

export type Environment = {
  readonly date: string
  readonly commit: string | null
  readonly cores: number
  readonly processor: string
  readonly system: string
  /** Runnable processes, mean over 1, 5 and 15 minutes. */
  readonly load: readonly number[]
  readonly versions: Record<string, string | null>
}

/** Where and on what it is measured. */
export async function environment(): Promise<Environment> {
  const [terraform, postgres, commit] = await Promise.all([
    firstLine('terraform', ['version']),
    firstLine('postgres', ['--version']),
    firstLine('git', ['-C', repository, 'describe', '--always', '--dirty', '--abbrev=12']),
  ])
  const packages = ['miniflare', 'workerd', 'wrangler', 'hono', 'zod']
  const versions = await Promise.all(packages.map(async (name) => [name, await versionOf(name)] as const))
  return {
    date: new Date().toISOString(),
    commit,
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    system: type(),
    load: loadavg(),
    versions: { node: process.version, terraform, postgres, ...Object.fromEntries(versions) },
  }
}

const Package = z.object({ version: z.string() })

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(repository, 'node_modules', name, 'package.json'), 'utf8')
  return Package.parse(JSON.parse(text)).version
}

const marks = { null: '–', true: 'yes', false: 'no' } as const

function tableOf(findings: readonly Finding[]): string {
  const rows = findings.map(({ what, target, measured, met }) => [what, target, measured, marks[`${met}`]])
  const lines = [['what', 'target', 'measured', 'met?'], ['---', '---', '---', '---'], ...rows]
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}

export function printTable(findings: readonly Finding[]): void {
  console.log(tableOf(findings))
}

const figures = join(repository, 'docs/figures.md')

/** Writes `bench/results.json` with every round, and the table below the introduction of `docs/figures.md`. */
export async function publish(
  before: Environment,
  attempts: readonly Attempt[],
  findings: readonly Finding[],
): Promise<void> {
  const folder = join(repository, 'bench')
  await mkdir(folder, { recursive: true })
  const loadAfter = loadavg()
  const noisy = Math.max(before.load[0] ?? 0, loadAfter[0] ?? 0) > before.cores
  const results = { environment: { ...before, loadAfter, noisy }, attempts }
  await writeFile(join(folder, 'results.json'), `${JSON.stringify(results, rounded, 1)}\n`)
  const note = `Measured ${before.date.slice(0, 10)} at ${before.commit ?? 'an unknown commit'} on ${before.cores} cores, load ${before.load[0]?.toFixed(1)} before and ${loadAfter[0]?.toFixed(1)} after.`
  const [introduction = ''] = (await readFile(figures, 'utf8')).split('\n|')
  await writeFile(figures, `${introduction}\n${tableOf(findings)}\n\n${note}\n`)
  await run('oxfmt', ['bench/results.json', figures], { cwd: repository })
}

/** A thousandth of a millisecond says enough. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value
}
