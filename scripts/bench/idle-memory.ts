import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, megabytes, seconds } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { memory, tree } from './processes.ts'
import { startServer } from './server.ts'

/** What a person runs, with all its processes. */
const command = ['npm', 'start']

/** How soon `npm start` is ready, and what it holds when nobody asks anything. */
export const idleMemory: Metric = {
  name: 'idle memory',
  limitSeconds: 120,
  async measure(quick) {
    const idleSeconds = quick ? 2 : 30
    const folder = await mkdtemp(join(tmpdir(), 'bench-idle-'))
    try {
      const first = await startServer(folder, command)
      await first.stop()
      const server = await startServer(folder, command)
      try {
        await sleep(idleSeconds * 1000)
        const ids = await tree(server.pid)
        const sizes = await Promise.all(ids.map(async (id) => [await nameOf(id), await memory([id])] as const))
        return findings([first.readyMs, server.readyMs], idleSeconds, sizes)
      } finally {
        await server.stop()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function nameOf(id: number): Promise<string> {
  return (await readFile(`/proc/${id}/comm`, 'utf8').catch(() => 'ended')).trim()
}

function findings(
  [first = NaN, again = NaN]: number[],
  idleSeconds: number,
  sizes: readonly (readonly [string, number])[],
): Finding[] {
  const total = sizes.reduce((sum, [, size]) => sum + size, 0)
  const parts = sizes.map(([name, size]) => `${name} ${megabytes(size)}`).join(', ')
  const limit = { target: 350e6, show: megabytes, noisy: true }
  const idle = atMost(`Memory of \`npm start\` without the clouds after ${idleSeconds} s idle`, total, limit, sizes)
  const ready = atMost('`npm start` without the clouds until it is ready', again, {
    target: 3000,
    show: seconds,
    noisy: true,
  })
  return [
    { ...idle, measured: `${idle.measured} (${parts})` },
    { ...ready, measured: `${ready.measured}; on an empty folder ${seconds(first)}`, failure: 'never' },
  ]
}
