import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { tieInstance } from '../../../scripts/embedded/workerd.ts'
import type { Blobs } from '../blobs.ts'
import { ApiError } from '../envelope.ts'
import type { Store } from '../store.ts'
import { Changes } from './changes.ts'
import { readCode } from './code.ts'
import { Gate } from './gate.ts'
import { Host } from './host.ts'
import type { Asked } from './host.ts'
import { holderOf } from './inspection.ts'
import { Instance } from './instance.ts'
import type * as Bound from './instance.ts'
import { Losses } from './losses.ts'
import { scriptIn } from './names.ts'
import { runtimeOptions } from './options.ts'
import type { Surroundings } from './options.ts'
import { planOf } from './plan.ts'
import type { Plan } from './plan.ts'
import { paths } from './protocol.ts'
import { Quarantine } from './quarantine.ts'
import { minorKey } from './services.ts'
import { Storage } from './storage.ts'
import { Trial } from './trial.ts'
import type { Candidate, Verdict } from './trial.ts'

/** How long requests that run may go on before the runtime is changed under them. */
const drainMs = 5000
/** For how long a runtime that was stuck can be looked into: its inspector asks nobody for a password. */
const inspectedMs = 600_000
/** Whose requests broke off that long before a revival had to do with it; twice in that time is no chance. */
const [lossMs, repeatedMs] = [10_000, 120_000]

export type Database = Bound.Database
export type Namespace = Bound.Namespace
export type Bucket = Bound.Bucket

/** What the runtime needs of the account around it. */
export type Around = {
  readonly store: Store
  readonly blobs: Blobs
  readonly folder: string
  readonly account: () => string
  readonly now: () => number
  readonly asked: Asked
  /** Called whenever the runtime has started, with what it runs. */
  readonly onStart: (plan: Plan) => void | Promise<void>
}

/**
 * What is deployed runs here: one workerd for all scripts. A change of the set restarts it, so changes go one after
 * another, requests wait for them, and running ones get time to end.
 */
export class Runtime {
  readonly key = randomBytes(24).toString('base64url')
  readonly gate = new Gate()
  readonly quarantine = new Quarantine()
  readonly losses = new Losses()
  readonly instance = new Instance(this.key)
  readonly storage = new Storage(this.instance, this.gate)
  readonly #changes = new Changes((seal) => this.#change(seal))
  readonly #around: Around
  readonly #host: Host
  #surroundings: Surroundings | null = null
  #trial: Trial | null = null
  #plan: Plan = { account: '', scripts: new Map(), workflows: [], queues: new Map(), databases: new Map() }
  #untie: () => void = () => {}
  #stuckAt = -inspectedMs
  #isInspected = false
  #broken: ReadonlySet<string> | null = null

  constructor(around: Around) {
    this.#around = around
    this.#host = new Host(this.key, around.asked)
    this.gate.close()
  }

  /** What runs now. */
  get plan(): Plan {
    return this.#plan
  }

  /** Where the system Worker listens. */
  get url(): string {
    return this.instance.url
  }

  /** The version of a script that the next request goes to: a split deployment is thrown dice for. */
  choose(key: string): string {
    const minor = this.#plan.scripts.get(key)?.minor
    return minor && Math.random() * 100 < minor.percentage ? minorKey(key) : key
  }

  /** Starts with what the store holds. `front` is where scripts and everybody else reach the account. */
  async start(front: string): Promise<void> {
    const { folder, blobs } = this.#around
    const [code, own, trial] = await Promise.all([
      readCode(),
      tieInstance(folder, 'runtime'),
      tieInstance(folder, 'trial'),
      this.#host.start(),
    ])
    this.#untie = () => [own, trial].forEach(({ untie }) => untie())
    this.#trial = new Trial(code, blobs, trial)
    this.#surroundings = {
      code,
      blobs,
      front,
      key: this.key,
      host: this.#host.address,
      env: own.env,
      folder: join(folder, 'runtime'),
      blobFolder: join(folder, 'blobs'),
      onRevival: () => this.#revived(),
      onOutput: this.instance.onOutput,
    }
    await this.#boot()
    this.gate.open()
  }

  async stop(): Promise<void> {
    this.gate.close()
    await this.#changes.settle()
    await this.instance.stop()
    this.#host.stop()
    this.#untie()
  }

  /** Tries a candidate alone; it is refused with Cloudflare's 10021 when it does not start. */
  async prove(candidate: Candidate): Promise<Verdict> {
    if (!this.#trial) throw new Error('The runtime has not started.')
    return this.#trial.prove(candidate)
  }

  /**
   * Puts what the store holds into the runtime; a call from inside does not wait for it.
   * @param undo takes back what was stored, in case that the runtime does not start with it.
   */
  async apply(undo: () => void = () => {}): Promise<void> {
    await this.#changes.ask(undo)
  }

  /** Has the traces of these scripts sent to us. */
  async listenTo(scripts: readonly string[]): Promise<void> {
    if (this.url !== '') await this.instance.call(paths.listen, { scripts }).catch(() => {})
  }

  /** Works with a database that the store has, whether a script binds it or not. */
  async database<Result>(id: string, work: (database: Database) => Promise<Result>): Promise<Result> {
    return this.storage.database(id, work)
  }

  async namespace<Result>(id: string, work: (namespace: Namespace) => Promise<Result>): Promise<Result> {
    return this.storage.namespace(id, work)
  }

  async bucket<Result>(name: string, work: (bucket: Bucket) => Promise<Result>): Promise<Result> {
    return this.storage.bucket(name, work)
  }

  /** Keeps scripts out that stop all others. What others were asked for may be asked again, unless it broke the runtime. */
  async keepOut(keys: readonly string[], at: number, suspects: readonly string[] = keys): Promise<void> {
    for (const key of keys) this.quarantine.add(key, at)
    this.#stuckAt = at
    // What runs is stuck: there is nothing to wait for.
    await this.#changes.between(async () => {
      this.gate.close()
      this.#broken = new Set(suspects)
      this.storage.breakOff()
      await this.#boot().finally(() => {
        this.#broken = null
        this.gate.open()
      })
    })
  }

  /** The runtime is being restarted because it was stuck, and not by this script. */
  isInnocent(key: string): boolean {
    return this.#broken !== null && !this.#broken.has(key)
  }

  /** Whether the runtime was started so that one can see who has the thread. */
  get isInspected(): boolean {
    return this.#isInspected
  }

  /** Which service has the thread; null where the runtime was not started so that one can see. */
  async holder(): Promise<string | null> {
    const inspector = this.#isInspected ? await this.instance.inspected() : null
    return inspector && holderOf(inspector).catch(() => null)
  }

  async #change(seal: () => readonly (() => void)[]): Promise<void> {
    this.gate.close()
    await this.gate.drain(drainMs)
    const undos = seal()
    try {
      await this.#run(this.#read())
    } catch (error) {
      for (const undo of undos) undo()
      const words = this.instance.lastWords
      await this.#boot()
      throw new ApiError(400, { code: 10_021, message: words.trim() || String(error) })
    } finally {
      this.gate.open()
    }
  }

  #read(): Plan {
    return planOf(this.#around.store, this.#around.account(), this.quarantine.keys)
  }

  /** Starts with as much as will start: a script that cannot is left out and named, it must not take all others along. */
  async #boot(): Promise<void> {
    const plan = this.#read()
    try {
      await this.#run(plan)
    } catch (error) {
      const words = this.instance.lastWords
      const culprit = scriptIn(words)
      if (culprit === undefined || !plan.scripts.has(culprit)) throw error
      console.error(`The script ${culprit} does not start and is left out: ${words.trim()}`)
      this.quarantine.add(culprit, this.#around.now())
      await this.#boot()
    }
  }

  /** The process died, for want of memory for example, and was started again with what it ran before. */
  async #revived(): Promise<void> {
    const lost = this.losses.since(this.#around.now() - lossMs)
    console.error(`The runtime died and was started again. It was working for: ${lost.join(', ') || 'nobody'}.`)
    await this.instance.renew()
    this.storage.forget()
    await this.#around.onStart(this.#plan)
    const [culprit, ...others] = this.losses.repeated(this.#around.now() - repeatedMs)
    if (culprit !== undefined && others.length === 0) void this.keepOut([culprit], this.#around.now())
  }

  async #run(plan: Plan): Promise<void> {
    if (!this.#surroundings) throw new Error('The runtime has not started.')
    this.#isInspected = this.#around.now() - this.#stuckAt < inspectedMs
    const more = this.#isInspected ? { inspectorPort: 0 } : {}
    await this.instance.run({ ...runtimeOptions(plan, this.#surroundings), ...more })
    this.storage.forget()
    this.#plan = plan
    await this.#around.onStart(plan)
  }
}
