import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '../embedded/refusal.ts'

const prefix = 'throughline-plans-'
const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

type Plans = { readonly folder: string; readonly remove: () => void }

/** A folder for plans. They hold secrets: only this user may read it, and a signal that ends this process removes it, too. */
export function openPlans(): Plans {
  removeLeftovers()
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  const remove = () => {
    for (const signal of signals) process.off(signal, end)
    process.off('exit', remove)
    rmSync(folder, { recursive: true, force: true })
  }
  process.on('exit', remove)
  for (const signal of signals) process.on(signal, end)
  return { folder, remove }
}

/** While Terraform runs it is the one that a signal ends: its plan is still needed, and this process ends after it. */
function end(signal: (typeof signals)[number]): void {
  if (process.listenerCount('SIGTERM') === 1) process.exit(128 + constants.signals[signal])
}

/** Removes what a killed process could not. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(prefix) ? /^\d+(?=-)/.exec(name.slice(prefix.length))?.[0] : undefined
    if (pid === undefined || isAlive(Number(pid))) continue
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
    } catch {
      // It is somebody else's.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
