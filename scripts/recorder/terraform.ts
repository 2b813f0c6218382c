import type { ChildProcess } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { constants as system } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { Refusal } from '../embedded/refusal.ts'
import { childProcess } from './child-process.ts'

/** How a program ended. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A program and what it gets. */
export type Invocation = {
  readonly program: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** A program that runs. */
export type Running = { readonly pid: number; readonly ended: Promise<Ending> }

/** Where the bytes of a stream go, beside the terminal. */
export type Tap = { readonly push: (bytes: Buffer) => void; readonly end: () => void }

/** Changes what a stream shows. */
export type Filter = { readonly push: (bytes: Buffer) => Buffer; readonly end: () => Buffer }

/** Where a program is, as the shell would find it; null when it is nowhere. */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | null {
  const places = name.includes('/')
    ? [name]
    : (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder || '.', name))
  return places.find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Runs a program as if it had been called directly. */
export function runBare({ program, args, env }: Invocation): Running {
  const child = childProcess().spawn(program, args, { env, stdio: 'inherit' })
  return { pid: child.pid ?? 0, ended: endOf(child) }
}

/** Starts a program. It keeps the terminal's input and stays in its group, so that Ctrl+C reaches it. */
export function runTapped(
  { program, args, env }: Invocation,
  tap: (stream: 'stdout' | 'stderr') => Tap,
  filter: Filter = unchanged,
): Running {
  const child = childProcess().spawn(program, args, { env, stdio: ['inherit', 'pipe', 'pipe'] })
  show(child.stdout, process.stdout, tap('stdout'), filter)
  show(child.stderr, process.stderr, tap('stderr'), unchanged)
  return { pid: child.pid ?? 0, ended: endOf(child) }
}

const unchanged: Filter = { push: (bytes) => bytes, end: () => Buffer.alloc(0) }

/** Terraform goes on when its reader has gone: `throughline terraform apply | head` still ends in order. */
function show(from: Readable, to: Writable, tap: Tap, filter: Filter): void {
  let isOpen = true
  const pass = (bytes: Buffer) => {
    if (bytes.length === 0) return
    if (isOpen && !to.write(bytes)) {
      from.pause()
      to.once('drain', () => from.resume())
    }
    tap.push(bytes)
  }
  to.on('error', () => {
    isOpen = false
    from.resume()
  })
  from.on('data', (bytes: Buffer) => pass(filter.push(bytes)))
  from.on('end', () => {
    pass(filter.end())
    tap.end()
  })
}

async function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new Refusal(`${child.spawnfile} cannot be started: ${error.message}.`))
    child.on('error', fail).on('close', (code, signal) => resolve({ code, signal }))
  })
}

/** The exit code that a shell shows for an ending. */
export function codeOf({ code, signal }: Ending): number {
  return signal === null ? (code ?? 1) : 128 + system.signals[signal]
}

/** Ends as a program did: by its signal, or with its code, which is returned. */
export async function endLike(ending: Ending): Promise<number> {
  if (ending.signal !== null) {
    const flushed = [process.stdout, process.stderr].map(async (to) => new Promise((done) => to.write('', done)))
    await Promise.all(flushed)
    process.kill(process.pid, ending.signal)
  }
  return codeOf(ending)
}
