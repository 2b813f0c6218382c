import { limitedPieces } from '../../platform/body.ts'
import type { BodyLimit } from '../../platform/body.ts'
import type { Interest, Path } from '../states/json-listener.ts'
import { MalformedJson, JsonScanner } from '../states/json-scanner.ts'
import { Refused } from './envelope.ts'
import { boundaryIn, FormScanner, oddForm } from './form-scanner.ts'
import type { PartSink } from './form-scanner.ts'
import type { Reference } from './grant.ts'
import { script } from './references.ts'
import type { Naming, Namings } from './references.ts'

/** What Cloudflare takes as the body of a call, and how long it may take to arrive. */
const limit: BodyLimit = { bytes: 100_000_000, idleMs: 30_000, totalMs: 15 * 60_000 }

/** Bytes that are held back until what they name is known. What fits is examined whole before anything is sent. */
const heldBack = 262_144
/** Bytes of JSON in a part of a form. Cloudflare takes 1 MB of metadata. */
const longestPart = 1_500_000
const mostFields = 50

/** Gets what a body names, as soon as it is known; it throws what is not allowed. */
export type Judge = (references: readonly Reference[]) => void

/** Looks at a body as it passes. */
export type Examiner = PartSink & { readonly fields: readonly string[] }

/** Examines a JSON document: what its members name goes to the judge. Its fields are told, their values are not. */
export class JsonExaminer implements Examiner {
  readonly fields: string[] = []
  readonly #namings: Namings
  readonly #judge: Judge
  readonly #scanner = new JsonScanner(this)
  readonly #longest: number
  #seen = 0

  constructor(namings: Namings, judge: Judge, longest = limit.bytes) {
    this.#namings = namings
    this.#judge = judge
    this.#longest = longest
  }

  interest(path: Path): Interest {
    if (path.length === 0) return 'enter'
    const name = String(path[0])
    if (typeof path[0] === 'string' && this.fields.length < mostFields) this.fields.push(name)
    return this.#namingOf(name) ? 'capture' : 'skip'
  }

  captured([name]: Path, value: unknown): void {
    this.#judge(this.#namingOf(String(name))?.(value) ?? [])
  }

  /** `*` names what any member does: it is given the member with its name. */
  #namingOf(name: string): Naming | undefined {
    if (Object.hasOwn(this.#namings, name.toLowerCase())) return this.#namings[name.toLowerCase()]
    const any = this.#namings['*']
    return any && ((value) => any({ [name]: value }))
  }

  write(bytes: Uint8Array): void {
    this.#seen += bytes.length
    if (this.#seen > this.#longest) throw new Refused(413, { code: 10_027, message: 'The JSON is too large.' })
    this.#understand(() => this.#scanner.write(bytes))
  }

  end(): void {
    if (this.#seen > 0) this.#understand(() => this.#scanner.end())
  }

  #understand(read: () => void): void {
    try {
      read()
    } catch (error) {
      throw error instanceof MalformedJson ? new Refused(400, { code: 10_021, message: error.message }) : error
    }
  }
}

/** Examines what may be JSON: what does not begin as such names nothing. Whatever does must be JSON, if `isStrict`. */
export class Lenient implements Examiner {
  readonly #inner: JsonExaminer
  readonly #isStrict: boolean
  #isJson: boolean | null = null

  constructor(inner: JsonExaminer, isStrict: boolean) {
    this.#inner = inner
    this.#isStrict = isStrict
  }

  get fields(): readonly string[] {
    return this.#inner.fields
  }

  write(bytes: Uint8Array): void {
    if (this.#isJson === null) {
      const first = bytes.find((byte) => !spaces.has(byte))
      if (first === undefined) return
      this.#isJson = first === openBrace || first === openBracket
    }
    this.#ifJson(() => this.#inner.write(bytes))
  }

  end(): void {
    this.#ifJson(() => this.#inner.end())
  }

  #ifJson(read: () => void): void {
    if (this.#isJson !== true) return
    try {
      read()
    } catch (error) {
      if (this.#isStrict || !(error instanceof Refused) || error.status !== 400) throw error
      this.#isJson = false
    }
  }
}

const spaces: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20])
const openBrace = 0x7b
const openBracket = 0x5b

/** Examines a form: the parts that describe a script, wherever in it they stand. */
export class FormExaminer implements Examiner {
  readonly #json: JsonExaminer[] = []
  readonly #scanner: FormScanner

  constructor(boundary: string, judge: Judge) {
    this.#scanner = new FormScanner(boundary, (name) => {
      if (name.toLowerCase() === '_worker.bundle') return new BundleSink(judge)
      if (!['metadata', 'settings'].includes(name.toLowerCase())) return null
      const examiner = new JsonExaminer(script, judge, longestPart)
      this.#json.push(examiner)
      return examiner
    })
  }

  get fields(): readonly string[] {
    return this.#json.flatMap(({ fields }) => fields)
  }

  write(bytes: Uint8Array): void {
    this.#scanner.write(bytes)
  }

  end(): void {
    this.#scanner.end()
  }
}

/** A form inside a part, as wrangler sends the functions of a Pages project: its first line is its boundary. */
class BundleSink implements PartSink {
  readonly #judge: Judge
  #first = Buffer.alloc(0)
  #inner: FormExaminer | null = null

  constructor(judge: Judge) {
    this.#judge = judge
  }

  write(bytes: Uint8Array): void {
    if (this.#inner) return this.#inner.write(bytes)
    this.#first = Buffer.concat([this.#first, bytes])
    const end = this.#first.indexOf('\r\n')
    if (end < 0 && this.#first.length > 200) throw oddForm('The bundle is none.')
    if (end < 0) return
    const line = this.#first.toString('latin1', 0, end)
    this.#inner = new FormExaminer(boundaryIn(`multipart/form-data; boundary=${line.replace(/^--/, '')}`), this.#judge)
    this.#inner.write(this.#first)
  }

  end(): void {
    if (!this.#inner) throw oddForm('The bundle is none.')
    this.#inner.end()
  }
}

/** A body that was examined, or is while it is sent; `failure` tells what was wrong with the part that was not sent. */
export type Passed = {
  readonly body: ReadableStream | Uint8Array
  readonly done: Promise<void>
  readonly failure: () => unknown
  /** Aborted when the rest must not be sent: a body of unknown length would only seem to end. */
  readonly signal?: AbortSignal
}

/**
 * Lets a body pass an examiner. What is small is examined whole first; of what is larger, nothing goes on behind
 * what is refused, so that the other side gets a body that breaks off and forgets it.
 */
export async function examined(request: Request, examiner: PartSink): Promise<Passed> {
  if (request.body === null) return { body: new Uint8Array(), done: Promise.resolve(), failure: () => null }
  const pieces = limitedPieces(request.body, limit)
  const held: Uint8Array[] = []
  let size = 0
  while (size < heldBack) {
    const { done, value } = await pieces.next()
    if (done) {
      examiner.end()
      return { body: Buffer.concat(held), done: Promise.resolve(), failure: () => null }
    }
    examiner.write(value)
    held.push(value.slice())
    size += value.byteLength
  }
  return streamed(request, held, pieces, examiner)
}

function streamed(
  request: Request,
  held: Uint8Array[],
  pieces: AsyncGenerator<Uint8Array>,
  examiner: PartSink,
): Passed {
  const length = Number(request.headers.get('content-length') ?? Number.NaN)
  const { readable, writable } = Number.isSafeInteger(length)
    ? new FixedLengthStream(length)
    : new IdentityTransformStream()
  let failure: unknown = null
  const broken = new AbortController()
  const writer = writable.getWriter()
  const done = pump(writer, held, pieces, examiner).catch(async (error: unknown) => {
    failure = error
    broken.abort()
    await writer.abort(error).catch(() => undefined)
  })
  return { body: readable, done, failure: () => failure, signal: broken.signal }
}

async function pump(
  writer: WritableStreamDefaultWriter,
  held: Uint8Array[],
  pieces: AsyncGenerator<Uint8Array>,
  examiner: PartSink,
): Promise<void> {
  for (const piece of held.splice(0)) await writer.write(piece)
  for await (const piece of pieces) {
    examiner.write(piece)
    await writer.write(piece)
  }
  examiner.end()
  await writer.close()
}
