import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './world.ts'

/** A program instead of terraform that tells what it gets. */
async function spy(place: Place): Promise<Record<string, string>> {
  await place.write('spy', `#!/bin/sh\nenv > "${place.folder}/env.txt"\n`)
  chmodSync(join(place.folder, 'spy'), 0o755)
  return { THROUGHLINE_TERRAFORM: join(place.folder, 'spy'), THROUGHLINE_QUIET: '' }
}

/** What terraform would get. */
export async function got(place: Place, args: readonly string[], env: Record<string, string> = {}) {
  const { err } = await place.record(args, { ...(await spy(place)), ...env })
  const text = readFileSync(join(place.folder, 'env.txt'), 'utf8')
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? null
  const [, begin = '', , password, end = ''] =
    /^(https?:\/\/)(throughline|run-[0-9a-f]{32}):([^@/]+)@(.*)$/.exec(value('TF_HTTP_ADDRESS') ?? '') ?? []
  const address = password === undefined ? value('TF_HTTP_ADDRESS') : begin + end
  return { err, text, address, password: password ?? value('TF_HTTP_PASSWORD') }
}
