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

/** One that has ended may be known by its number until its parent asks for it. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return !['Z', 'X'].includes(statOf(pid)[0] ?? '')
}

/** When a process began, in ticks since the boot; 0 where the system does not tell it cheaply. */
function startOf(pid: number): string {
  return statOf(pid)[19] ?? '0'
}

/** What Linux tells of a process, from its state on: what stands before may hold anything. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')
  } catch {
    return '0'
  }
}
