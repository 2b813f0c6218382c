import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Waits for a git process that outlived the server which started it, so that what it did can be read. */
export async function processEnd(pid: number | null): Promise<void> {
  if (pid === null) return
  for (let tries = 0; isReceivingPack(pid) && tries < 500; tries += 1) await pause(20)
}

/** The number may belong to another program by now. */
function isReceivingPack(pid: number): boolean {
  return commandOf(pid).includes('receive-pack')
}

/** How a process was called; nothing when there is none. */
export function commandOf(pid: number): string {
  if (process.platform !== 'linux') return spawnSync('ps', ['-o', 'args=', '-p', String(pid)]).stdout.toString()
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
