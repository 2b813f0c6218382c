import { ProxyNodeBinding } from 'miniflare'
import type { Extension, Service, Worker_Binding as WorkerBinding } from 'miniflare'
import { z } from 'zod'

/** Configuration of workerd itself, beside what Miniflare's options can express. */
export type Raw = {
  readonly bindings: readonly WorkerBinding[]
  readonly services: readonly Service[]
  readonly extensions: readonly Extension[]
}

/** Miniflare hands a plugin JSON only: configurations wait here under the key that the options name. */
const waiting = new Map<string, Raw>()

/** Options that make Miniflare ask this plugin for a configuration. */
export function rawOptions(key: string, raw: Raw) {
  waiting.set(key, raw)
  return [{ name: key, type: 'raw', plugin: { package: import.meta.filename, name: 'throughline' }, options: { key } }]
}

const Options = z.array(z.object({ options: z.object({ key: z.string() }) })).default([])

function rawIn(options: unknown): Raw[] {
  return Options.parse(options).map(
    ({ options: { key } }) => waiting.get(key) ?? { bindings: [], services: [], extensions: [] },
  )
}

/** What Miniflare loads this file for. */
export const plugins = {
  throughline: {
    options: z.unknown(),
    getBindings: (options: unknown) => rawIn(options).flatMap(({ bindings }) => bindings),
    getNodeBindings: (options: unknown) =>
      Object.fromEntries(
        rawIn(options)
          .flatMap(({ bindings }) => bindings)
          .map(({ name }) => [name, new ProxyNodeBinding()]),
      ),
    getServices: ({ options }: { options: unknown }) => rawIn(options).flatMap(({ services }) => services),
    getExtensions: ({ options }: { options: unknown[] }) =>
      options.flatMap((one) => rawIn(one).flatMap(({ extensions }) => extensions)),
  },
}
