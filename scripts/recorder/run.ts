import { join, resolve } from 'node:path'
import { Server } from '../cli/api.ts'
import { person } from '../cli/person.ts'
import type { Access, Settings } from '../cli/settings.ts'
import type { Call, Options } from './arguments.ts'
import { childProcess } from './child-process.ts'
import { Clock, iso } from './clock.ts'
import { readConfiguration } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import { commandText, readSource } from './context.ts'
import type { Source } from './context.ts'
import type { Created } from './delivery.ts'
import { childEnvironment, newTraceparent } from './environment.ts'
import type { Pair } from './environment.ts'
import { knownSecrets } from './known-secrets.ts'
import { limits, reportable } from './limits.ts'
import { placeOf, someone } from './other-backends.ts'
import { ownIdentity } from './owner.ts'
import { randomHex } from './random.ts'
import { Segments } from './segments.ts'
import { Sender } from './sender.ts'
import { Spool, spoolHome } from './spool.ts'
import { ownState, readInitialised } from './state-address.ts'
import type { Initialised, OwnState } from './state-address.ts'
import { Transcript } from './transcript.ts'
import { givenValues } from './variables.ts'
import type { Given } from './variables.ts'

/** What is to be recorded. */
export type Assignment = {
  readonly call: Call
  /** What terraform reads as arguments, the environment's included. */
  readonly words: readonly string[]
  /** The same taken apart; null when it is not surely understood. */
  readonly options: Options | null
  readonly operation: string
  readonly program: string
  readonly tool: 'terraform' | 'opentofu'
  readonly settings: Settings
  readonly access: Access
  readonly env: NodeJS.ProcessEnv
  readonly home: string
}

/** How long the start of terraform waits for the run's token, in milliseconds. */
const patienceMs = 2000
/** A run that lasts longer tells where it comes from before it ends, in milliseconds; and how long the end waits for git. */
const sourceAfterMs = 2000
const sourcePatienceMs = 1000
/** A run that says nothing for a quarter of an hour is taken for abandoned. */
const heartbeatMs = 240_000

/** The record of one call of terraform: begun before terraform starts, and ended after it has ended. */
export class Run {
  readonly assignment: Assignment
  readonly clock = new Clock()
  readonly server: Server
  readonly sender: Sender
  readonly spool: Spool
  readonly transcript: Transcript
  readonly configuration: Configuration
  readonly initialised: Initialised
  /** What was given to input variables. */
  readonly variables: readonly Given[]
  readonly #startedAt = this.clock.now()
  readonly #key = `run-${randomHex(16)}`
  readonly #traceparent: string
  readonly #state: OwnState | null
  #heartbeat: NodeJS.Timeout | null = null
  #source: Promise<Source> = Promise.resolve({})
  readonly #giveUp = new AbortController()
  #sourceTimer: NodeJS.Timeout | null = null

  constructor(assignment: Assignment) {
    const { call, env, settings, access, words, home } = assignment
    const folder = resolve(call.folder)
    this.assignment = assignment
    this.initialised = readInitialised(env, folder)
    this.configuration = readConfiguration(folder)
    this.variables = givenValues(env, words, folder)
    this.#traceparent = newTraceparent(env['TRACEPARENT'])
    this.#state = ownState(settings, env, this.initialised, this.configuration)
    this.server = new Server(access)
    this.spool = new Spool(join(spoolHome(home), this.#key))
    this.sender = new Sender(this.spool, this.server)
    const segments = new Segments(this.spool, this.clock, () => this.sender.wake())
    const { sensitive, defaults } = this.configuration
    const secrets = knownSecrets(env, [...this.variables, ...defaults], sensitive)
    for (const secret of [this.#key, access.token]) secrets.add(secret)
    this.transcript = new Transcript(segments, this.clock, secrets)
  }

  /** Tells the server of the run. @returns the environment for what it starts. */
  async begin(): Promise<NodeJS.ProcessEnv> {
    const { access, env } = this.assignment
    const create = { server: access.url, owner: ownIdentity(), run: this.#description() }
    this.spool.put('create.json', JSON.stringify(create))
    this.sender.wake()
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs).unref()
    if (this.#state === null) return childEnvironment(env, null, this.#traceparent)
    setImmediate(() => void childProcess())
    const created = await within(this.sender.created, patienceMs, null)
    if (created?.token) this.transcript.secrets.add(created.token)
    const pair = this.#pairFor(this.#state, created)
    return childEnvironment(env, { address: this.#state.address, pair }, this.#traceparent)
  }

  /** Our own token goes out only when nobody could be asked for another one: what it opens is more than the state. */
  #pairFor(state: OwnState, created: Created | null): Pair | null {
    const { call, access, env, settings } = this.assignment
    const given = env['TF_HTTP_PASSWORD'] || null
    const standIn = given === null && !this.sender.isRefused ? access.token : null
    const ours = created ? created.token : standIn
    const place = ours && placeOf(state, call, env, settings)
    // A run's own token tells of which run it is; messages of terraform show the name in an address.
    if (ours && place) return { username: created ? someone : this.#key, password: ours, place }
    return given === null ? null : { username: this.#key, password: given, place: 'environment' }
  }

  /** Looks up, while terraform runs, where the configuration comes from. */
  lookUpSource(): void {
    const { call, env } = this.assignment
    const { THROUGHLINE_TOKEN: _, ...rest } = env
    this.#source = readSource(resolve(call.folder), rest, this.#giveUp.signal).catch(() => ({}))
    // A run that ends at once tells it with its end.
    this.#sourceTimer = setTimeout(() => void this.#tellSource(), sourceAfterMs)
  }

  /** Ends the record. @param report as the server takes it, without the duration. */
  async end(report: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#heartbeat) clearInterval(this.#heartbeat)
    if (this.#sourceTimer) clearTimeout(this.#sourceTimer)
    const duration = this.clock.now() - this.#startedAt
    // Before the end, because the server is told the end as soon as nothing else waits.
    this.transcript.segments.close()
    const source = await within(this.#source, sourcePatienceMs, {})
    this.#giveUp.abort()
    this.spool.put('finish.json', JSON.stringify({ ...source, ...report, duration_ms: duration }))
    this.sender.wake()
  }

  async #tellSource(): Promise<void> {
    const source = await this.#source
    if (Object.keys(source).length === 0) return
    this.spool.put('context.json', JSON.stringify(source))
    this.sender.wake()
  }

  #description(): Record<string, unknown> {
    const { assignment, transcript, configuration } = this
    const { call, operation, tool, settings } = assignment
    const { secrets } = transcript
    return {
      run: this.#key,
      operation,
      ...(this.#state && { state: this.#state.name }),
      command: commandText(tool === 'opentofu' ? 'tofu' : 'terraform', call, configuration.sensitive, secrets),
      actor: person(),
      working_directory: reportable(secrets.hide(resolve(call.folder)), limits.folder),
      ...(settings.task !== null && { task: settings.task }),
      ...(settings.environment !== null && { environment: settings.environment }),
      tool,
      traceparent: this.#traceparent,
      started_at: iso(this.#startedAt),
    }
  }

  #beat(): void {
    const { known } = this.sender
    if (known === null) return
    this.server.ask(`/api/deployments/${known.id}`, { method: 'PATCH', json: {} }).catch(() => undefined)
  }
}

async function within<Value>(wanted: Promise<Value>, ms: number, otherwise: Value): Promise<Value> {
  const { promise, resolve: giveUp } = Promise.withResolvers<Value>()
  const timer = setTimeout(() => giveUp(otherwise), ms)
  const first = await Promise.race([wanted, promise])
  clearTimeout(timer)
  return first
}
