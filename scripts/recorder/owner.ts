import { readFileSync, readlinkSync } from 'node:fs'

/** A process whose number means nothing here is taken as gone after a day of silence. */
const patienceMs = 86_400_000

/** Names this process so that others can tell whether it is still there: its number, its start, its numbers' namespace. */
export function ownIdentity(): string {
  return `${process.pid}-${startOf(process.pid)}-${namespace()}`
}

/** Whether the process of that name has ended. @param silentMs how long nothing was heard of it. */
export function isGone(identity: string, silentMs: number): boolean {
  const [pid, start, place] = identity.split('-')
  if (place !== namespace()) return silentMs > patienceMs
  return !isRunning(Number(pid)) || startOf(Number(pid)) !== start
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** When a process began, in ticks since the boot; 0 where the system does not tell it cheaply. */
function startOf(pid: number): string {
  try {
    // The name of the program, in parentheses, may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
  } catch {
    return '0'
  }
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')
  } catch {
    return '0'
  }
}
