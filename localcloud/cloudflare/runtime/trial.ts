import { writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { Log, LogLevel } from 'miniflare'
import type { MiniflareOptions, Service } from 'miniflare'
import { makeMiniflare } from '../../../scripts/embedded/miniflare.ts'
import type { Tie } from '../../../scripts/embedded/workerd.ts'
import type { Blobs } from '../blobs.ts'
import { ApiError } from '../envelope.ts'
import { Exports } from '../scripts/schema.ts'
import type { Version } from '../scripts/schema.ts'
import { trialBindingsOf } from './bindings.ts'
import type { Code } from './code.ts'
import { sourceOf } from './modules.ts'
import { wrappers } from './names.ts'
import { rawOptions } from './plugin.ts'
import { dateOf } from './services.ts'

/** What a candidate is tried with. */
export type Candidate = Pick<Version, 'main' | 'modules' | 'bindings' | 'compatibility_date' | 'compatibility_flags'>
export type Verdict = { readonly exports: Exports; readonly milliseconds: number }

const service = 'candidate'
const [entry, reporter] = ['__trial__.js', '__report__.js']
/** A module that has not been evaluated by then never will be. */
const limitMs = 8000

/** Proves candidates one at a time, each alone in a runtime of its own that is thrown away. */
export class Trial {
  readonly #code: Code
  readonly #blobs: Blobs
  readonly #tie: Tie
  #turn: Promise<unknown> = Promise.resolve()

  constructor(code: Code, blobs: Blobs, tie: Tie) {
    this.#code = code
    this.#blobs = blobs
    this.#tie = tie
  }

  /** What the candidate exports; a candidate that does not start is refused with what the runtime says of it. */
  async prove(candidate: Candidate): Promise<Verdict> {
    // Static files alone: nothing could fail to start.
    if (candidate.modules.length === 0) return { exports: { handlers: [], named: [] }, milliseconds: 0 }
    const verdict = this.#turn.then(() => this.#try(candidate))
    this.#turn = verdict.catch(() => {})
    return verdict
  }

  async #try(candidate: Candidate): Promise<Verdict> {
    const begun = performance.now()
    let said = ''
    const options = this.#options(candidate, (text) => (said += text))
    const mf = makeMiniflare(options)
    try {
      const late = pause(limitMs, null, { ref: false }).then(() => Promise.reject(new Late()))
      const url = await Promise.race([mf.ready.then(() => mf.unsafeGetDirectURL()), late])
      const exports = await this.#exportsOf(candidate, url)
      return { exports, milliseconds: Math.round(performance.now() - begun) }
    } catch (error) {
      if (error instanceof Late) throw refusal('Error: Script startup exceeded CPU time limit.')
      throw refusal(wordsIn(said) || String(error))
    } finally {
      await mf.dispose().catch(() => {})
      // The number may soon belong to another program.
      for (const file of Object.values(this.#tie.env)) writeFileSync(file, '')
    }
  }

  async #exportsOf(candidate: Candidate, url: URL): Promise<Exports> {
    if (isService(candidate)) return { handlers: ['fetch'], named: [] }
    return Exports.parse(await (await fetch(url)).json())
  }

  #options(candidate: Candidate, onError: (text: string) => void): MiniflareOptions {
    const raw = {
      bindings: [],
      services: [this.#service(candidate)],
      extensions: [{ modules: [{ name: wrappers.unavailable, esModule: this.#code.unavailable, internal: true }] }],
    }
    return {
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.NONE),
      unsafeRuntimeEnv: { ...this.#tie.env },
      handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
        stdout.resume()
        stderr.on('data', (piece) => onError(String(piece)))
      },
      name: 'trial',
      modules: true,
      script: 'export default {}',
      compatibilityDate: '2026-07-01',
      cache: false,
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, serviceName: service }],
      unsafeBindings: rawOptions('trial', raw),
    }
  }

  #service(candidate: Candidate): Service {
    const source = sourceOf(candidate, this.#blobs)
    const before = [
      { name: entry, esModule: entryOf(candidate.main) },
      { name: reporter, esModule: this.#code.trial },
    ]
    return {
      name: `core:user:${service}`,
      worker: {
        ...('modules' in source ? { modules: [...before, ...source.modules] } : source),
        compatibilityDate: dateOf(candidate),
        compatibilityFlags: candidate.compatibility_flags,
        bindings: trialBindingsOf(candidate.bindings, { modules: candidate.modules, blobs: this.#blobs }),
      },
    }
  }
}

/** Stands before the candidate's main module and tells what that exports. */
function entryOf(main: string): string {
  return `
    import * as candidate from ${JSON.stringify(`./${posix.normalize(main)}`)}
    import { report } from './${reporter}'
    export default { fetch: () => Response.json(report(candidate)) }`
}

class Late extends Error {}

function isService({ main, modules }: Candidate): boolean {
  return modules.some(({ name, kind }) => name === main && kind === 'service')
}

function refusal(message: string): ApiError {
  return new ApiError(400, { code: 10_021, message })
}

/** The runtime's words without its own prefix, colours and traces of our own module. */
function wordsIn(said: string): string {
  return stripVTControlCharacters(said)
    .split('\n')
    .map((line) => line.replace(/^service core:user:candidate: /, '').replace(/^.*?\berror: /, ''))
    .filter((line) => line.trim() !== '' && !line.includes(entry) && !line.startsWith('stack:'))
    .slice(0, 6)
    .join('\n')
}
