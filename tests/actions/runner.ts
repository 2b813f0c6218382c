import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { asText, evaluate, valueOf } from './expressions.ts'
import type { Contexts } from './expressions.ts'
import { readWorkflowIn } from './workflow.ts'
import type { Job, Step } from './workflow.ts'

// What the local GitHub runs in place of a workflow: all jobs of the file as GitHub's runner would run them, each `run:` in
// a shell. Actions that are used do here what they would do, as far as a step that follows would notice.

type Settings = { modules: string; build: string; secrets: object; vars: object; env: Record<string, string> }
type Result = { result: 'success' | 'failure' | 'skipped'; outputs: Record<string, string> }

const [, , name = '', settingsFile = ''] = process.argv
const settings = JSON.parse(readFileSync(settingsFile, 'utf8')) as Settings
const checkout = process.cwd()
const artifacts = mkdtempSync(join(tmpdir(), 'throughline-artifacts-'))
const { GITHUB_TOKEN: token, ...inherited } = process.env
const event: unknown = JSON.parse(readFileSync(process.env['GITHUB_EVENT_PATH'] ?? '', 'utf8'))
const github = { token, event, repository: process.env['GITHUB_REPOSITORY'], ref: process.env['GITHUB_REF'] }
const base = { github, secrets: settings.secrets, vars: settings.vars, 'cancelled()': false }

/** One job of a matrix. */
class JobRun {
  readonly #id: string
  readonly #job: Job
  readonly #contexts: Contexts
  readonly #workspace = join(mkdtempSync(join(tmpdir(), 'throughline-job-')), 'workspace')
  readonly #exported: Record<string, string> = {}
  readonly #outputs: Record<string, { outputs: Record<string, string> }> = {}
  #isWell = true

  constructor(id: string, job: Job, contexts: Contexts) {
    this.#id = id
    this.#job = job
    this.#contexts = contexts
  }

  async run(): Promise<Result> {
    for (const step of this.#job.steps) {
      const contexts = this.#now()
      const isDue = step.if === undefined ? this.#isWell : Boolean(conditionOf(step.if, contexts))
      if (isDue && !(await this.#take(step, contexts))) this.#isWell = false
    }
    const outputs = Object.entries(this.#job.outputs).map(([key, text]) => [key, asText(evaluate(text, this.#now()))])
    return { result: this.#isWell ? 'success' : 'failure', outputs: Object.fromEntries(outputs) }
  }

  #now(): Contexts {
    return { ...this.#contexts, steps: this.#outputs, 'success()': this.#isWell, 'failure()': !this.#isWell }
  }

  async #take(step: Step, contexts: Contexts): Promise<boolean> {
    if (step.uses !== undefined) return act(step.uses, { ...withOf(step, contexts), workspace: this.#workspace })
    const text = asText(evaluate(step.run ?? '', contexts))
    console.log(`##[group]${this.#id}: ${text}`)
    const folder = mkdtempSync(join(tmpdir(), 'throughline-step-'))
    const files = { GITHUB_ENV: 'env', GITHUB_OUTPUT: 'output', GITHUB_STEP_SUMMARY: 'summary.md' }
    const places = Object.fromEntries(Object.entries(files).map(([key, file]) => [key, join(folder, file)]))
    for (const place of Object.values(places)) writeFileSync(place, '')
    writeFileSync(join(folder, 'step.sh'), text)
    const own = Object.entries(step.env).map(([key, value]) => [key, asText(evaluate(value, contexts))])
    const cwd = this.#workspace
    const env = {
      ...environmentOf(this.#id, this.#job),
      ...this.#exported,
      ...places,
      GITHUB_WORKSPACE: cwd,
      ...Object.fromEntries(own),
    }
    // As GitHub starts it: with pipefail only where the shell is named.
    const shell = step.shell ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e']
    const code = await exitOf('bash', [...shell, join(folder, 'step.sh')], { cwd, env })
    Object.assign(this.#exported, pairsIn(places['GITHUB_ENV']))
    if (step.id !== undefined) this.#outputs[step.id] = { outputs: pairsIn(places['GITHUB_OUTPUT']) }
    const summary = readFileSync(places['GITHUB_STEP_SUMMARY'] ?? '', 'utf8')
    if (summary !== '') console.log(`##[summary]\n${summary}\n##[end]`)
    return code === 0
  }
}

function conditionOf(text: string, contexts: Contexts): unknown {
  return text.includes('${{') ? evaluate(text, contexts) : valueOf(text, contexts)
}

function withOf(step: Step, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(
    Object.entries(step.with).map(([key, value]) => [key, asText(evaluate(asText(value), contexts))]),
  )
}

type Given = Record<string, string>

/** What the actions leave behind, by their names without version. */
const actions: Record<string, (workspace: string, given: Given) => void> = {
  'actions/checkout': (workspace) => cpSync(checkout, workspace, { recursive: true }),
  'hashicorp/setup-terraform': () => {},
  'actions/setup-node': (workspace) => {
    // What `npm ci` would install. Each entry is a link of its own: whoever empties the folder deletes links alone.
    const modules = join(workspace, 'node_modules')
    mkdirSync(modules)
    for (const entry of readdirSync(settings.modules)) symlinkSync(join(settings.modules, entry), join(modules, entry))
    symlinkSync(settings.build, join(workspace, '.build'))
  },
  'actions/upload-artifact': (workspace, { name: artifact = '', path = '' }) => {
    const [from, to] = [join(workspace, path), join(artifacts, artifact)]
    mkdirSync(to)
    if (existsSync(from)) cpSync(from, join(to, basename(from)))
  },
  'actions/download-artifact': (workspace, { pattern = '', path = '' }) => {
    const wanted = readdirSync(artifacts).filter((each) => each.startsWith(pattern.replace(/\*$/, '')))
    for (const each of wanted) cpSync(join(artifacts, each), join(workspace, path, each), { recursive: true })
  },
}

function act(uses: string, { workspace = '', ...given }: Given): boolean {
  const stand = actions[uses.split('@')[0] ?? '']
  if (!stand) throw new Error(`Nothing here stands in for ${uses}.`)
  stand(workspace, given)
  return true
}

/** A step finds the token of its run only where the file hands it over, and an identity only where it may have one. */
function environmentOf(id: string, { permissions = {} }: Job): Record<string, string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret, ...rest } = inherited
  const identity = { ACTIONS_ID_TOKEN_REQUEST_URL: `${url}&job=${id}`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret }
  const env = { ...rest, ...settings.env, ...(permissions['id-token'] === 'write' ? identity : {}) }
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined))
}

function pairsIn(file = ''): Record<string, string> {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

type Place = { readonly cwd: string; readonly env: Record<string, string> }

async function exitOf(program: string, args: readonly string[], place: Place): Promise<number | null> {
  const child = spawn(program, args, { ...place, stdio: 'inherit' })
  return new Promise((done, fail) => child.on('error', fail).on('close', done))
}

/** The jobs that a matrix makes. */
function combinationsOf({ strategy }: Job, contexts: Contexts): Contexts[] {
  if (!strategy) return [{}]
  return Object.entries(strategy.matrix).flatMap(([key, text]) => {
    const values = evaluate(text, contexts) as unknown[]
    return key === 'include' ? (values as Contexts[]) : values.map((value) => ({ [key]: value }))
  })
}

async function runJob(id: string, job: Job, needs: Record<string, Result>): Promise<Result> {
  const isWell = job.needs.every((each) => needs[each]?.result === 'success')
  const contexts = { ...base, needs, 'success()': isWell }
  if (!isWanted(job.if ?? '', isWell, contexts)) return { result: 'skipped', outputs: {} }
  const runs = combinationsOf(job, contexts).map((matrix) => new JobRun(id, job, { ...contexts, matrix }))
  const done =
    job.strategy?.['max-parallel'] === 1 ? await inTurn(runs) : await Promise.all(runs.map((run) => run.run()))
  const outputs = Object.assign({}, ...done.map((each) => each.outputs)) as Record<string, string>
  return { result: done.every(({ result }) => result === 'success') ? 'success' : 'failure', outputs }
}

/** One after the other, and none after one that failed. */
async function inTurn(runs: readonly JobRun[]): Promise<Result[]> {
  const done: Result[] = []
  for (const run of runs) if (done.every(({ result }) => result === 'success')) done.push(await run.run())
  return done
}

/** A job follows only what succeeded, unless its condition asks for how that ended. */
function isWanted(condition: string, isWell: boolean, contexts: Contexts): boolean {
  if (!isWell && !/cancelled\(\)|always\(\)/.test(condition)) return false
  return condition === '' || Boolean(conditionOf(condition, contexts))
}

const results: Record<string, Result> = {}
for (const [id, job] of Object.entries(readWorkflowIn(checkout, name).jobs)) {
  results[id] = await runJob(id, job, results)
  console.log(`##[job]${id}: ${results[id].result}`)
}
process.exitCode = Object.values(results).some(({ result }) => result === 'failure') ? 1 : 0
