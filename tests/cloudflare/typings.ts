import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../node_modules')

/** Fields beyond the type are let be: the real service has them too. A list is a list of its items. */
const headOf = (name: string) => `import type { Cloudflare } from '${root}/${name}/index'
type Open<T> = T extends (infer Item)[] ? Open<Item>[] : T extends object ? { [Key in keyof T]: Open<T[Key]> } & { [extra: string]: unknown } : T
type Of<M> = M extends (...args: never[]) => infer R ? (R extends AsyncIterable<infer Item> ? Open<Item>[] : Open<Awaited<R>>) : never`

const options = ['--noEmit', '--strict', '--skipLibCheck', '--pretty', 'false', '--target', 'es2024', '--types', '']

/** What methods of the SDK gave back, to be judged by the compiler against the types that the SDK promises. */
export class Answers {
  readonly #texts = new Map<string, string>()

  /** The same client, or a part of it, whose methods' answers are kept under their names. */
  watch<Part extends object>(part: Part, path: readonly string[] = []): Part {
    return new Proxy(part, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        const inner = [...path, String(name)]
        if (typeof member !== 'function') return this.watch(Object(member), inner)
        return (...given: unknown[]) => this.see(inner.join('.'), member.apply(target, given))
      },
    })
  }

  /** Keeps what a method gave back last; of a list, the items of its first page. */
  async see<Value>(method: string, answer: PromiseLike<Value>): Promise<Value> {
    const value = await answer
    const items: unknown = Reflect.get(Object(value), 'getPaginatedItems')
    const shown = typeof items === 'function' ? items.call(value) : value
    if (Array.isArray(shown) && shown.length === 0) throw new Error(`${method} gave back nothing to judge.`)
    this.#texts.set(method, JSON.stringify(shown))
    return value
  }

  /** What the compiler says to the typings of a package, each complaint after the name of its method. */
  judge(name: string): string[] {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-typings-'))
    const file = join(folder, 'answers.ts')
    const lines = [...this.#texts].map(([method, text], index) => {
      const path = method.split('.').map((part) => `['${part}']`)
      return `export const a${index}: Of<Cloudflare${path.join('')}> = ${text}`
    })
    writeFileSync(file, [headOf(name), ...lines].join('\n'))
    const compiler = join(root, 'typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [compiler, ...options, file], { cwd: folder, encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    const complaints = stdout.split(/\n(?! )/).filter((text) => text !== '')
    return complaints.map((complaint) => this.#named(complaint))
  }

  #named(complaint: string): string {
    const [, line, text] = /^[^(]*\((\d+),\d+\): error (.*)$/s.exec(complaint) ?? []
    const method = [...this.#texts.keys()][Number(line) - 1 - headOf('').split('\n').length]
    return method === undefined ? complaint : `${method} ${text}`
  }
}
