import {
  createReadStream,
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'

/** Names that are given to what nobody should see. */
const telling = /token|secret|passw|passphrase|credential|private|(^|_)(api_?key|key|auth|pass|pwd|pat|dsn)(_|$)/i

/** The values of a job that its log must not show. `known` are the names of the repository's own secrets. */
export function secretsOf(
  env: Readonly<Record<string, string>>,
  token: string,
  known: readonly string[],
): readonly string[] {
  const names = new Set(known.map((name) => name.toLowerCase()))
  const values = Object.entries(env).flatMap(([name, value]) =>
    names.has(name.toLowerCase()) || telling.test(name) ? [value] : passwordsIn(value),
  )
  // A checkout keeps its token in this form.
  const pair = Buffer.from(`x-access-token:${token}`).toString('base64')
  return [token, pair, ...values.flatMap((value) => [value, ...value.split('\n')])].filter((each) => each.trim() !== '')
}

/** Addresses of databases hold theirs. */
function passwordsIn(value: string): string[] {
  const [, password] = /^[a-z][a-z\d+.-]*:\/\/[^/\s:@]*:([^/\s@]+)@/i.exec(value) ?? []
  return password === undefined ? [] : [password]
}

/** Hides values in bytes that come in pieces; what may be the beginning of one waits for the next piece. */
export class Mask {
  readonly #secrets: readonly string[]
  readonly #pattern: RegExp | null
  #rest = ''

  constructor(secrets: readonly string[]) {
    // Each byte is one character, so that no character is cut in two. The longest is looked for first.
    const texts = new Set(secrets.map((secret) => Buffer.from(secret).toString('latin1')))
    this.#secrets = [...texts].toSorted((a, b) => b.length - a.length)
    const escaped = this.#secrets.map((secret) => secret.replaceAll(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`))
    this.#pattern = escaped.length === 0 ? null : new RegExp(escaped.join('|'), 'g')
  }

  push(piece: Buffer): Buffer {
    const text = this.#rest + piece.toString('latin1')
    const cut = this.#cutIn(text)
    this.#rest = text.slice(cut)
    return this.#hide(text.slice(0, cut))
  }

  /** What was still waiting. Without an end to come it may be the beginning of a secret, and is not shown. */
  end(isWhole = true): Buffer {
    return isWhole ? this.#hide(this.#rest) : Buffer.alloc(0)
  }

  #hide(text: string): Buffer {
    return Buffer.from(this.#pattern ? text.replaceAll(this.#pattern, '***') : text, 'latin1')
  }

  /** Up to where nothing that follows can change what is hidden. */
  #cutIn(text: string): number {
    const longest = this.#secrets[0]?.length ?? 0
    let cut = Math.max(0, text.length - longest + 1)
    while (cut < text.length && !this.#isBeginning(text.slice(cut))) cut += 1
    if (!this.#pattern) return text.length
    const across = [...text.matchAll(this.#pattern)].find(
      ({ index, 0: { length } }) => index < cut && index + length > cut,
    )
    return across ? across.index + across[0].length : cut
  }

  #isBeginning(text: string): boolean {
    return this.#secrets.some((secret) => secret.length > text.length && secret.startsWith(text))
  }
}

const Secrets = z.array(z.string())

/** While a command runs it writes its log itself, and goes on when the server is killed: what to hide lies beside it. */
function secretsIn(folder: string): readonly string[] | null {
  const path = pathIn(folder)
  return existsSync(path) ? Secrets.parse(JSON.parse(readFileSync(path, 'utf8'))) : null
}

function pathIn(folder: string): string {
  return join(folder, 'secrets.json')
}

export function keepSecrets(folder: string, secrets: readonly string[]): void {
  writeFileSync(pathIn(folder), JSON.stringify(secrets), { mode: 0o600 })
}

/** A log as it may be shown. */
export function readLog(folder: string, log: string): string {
  if (!existsSync(log)) return ''
  const secrets = secretsIn(folder)
  if (!secrets) return readFileSync(log, 'utf8')
  const mask = new Mask(secrets)
  return Buffer.concat([mask.push(readFileSync(log)), mask.end(false)]).toString()
}

/** Hides the secrets of a command that has ended for good, and forgets them. */
export async function sealLog(folder: string, log: string): Promise<void> {
  const secrets = secretsIn(folder)
  if (!secrets) return
  const mask = new Mask(secrets)
  const hide = async function* (pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) yield mask.push(piece)
    yield mask.end()
  }
  if (existsSync(log)) {
    await pipeline(createReadStream(log), hide, createWriteStream(`${log}.part`, { mode: 0o600 }))
    renameSync(`${log}.part`, log)
  }
  rmSync(pathIn(folder))
}
