import { readFileSync } from 'node:fs'

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type Interrupt = (typeof watched)[number]

/** A signal to a whole group reaches terraform by itself. It says so at once, or we pass the signal on so much later. */
const graceMs = 400
/** Signals so close together are one request: `timeout` sends two. */
const togetherMs = 1000

/** Whoever is in charge of a signal: terraform while it runs, the prompt while it asks. */
export type Listener = (signal: Interrupt) => void

/** Takes the signals that ask us to stop: a recorder outlives them, because terraform does. */
export class Signals {
  /** How often we were asked to stop. */
  count = 0
  #listener: Listener | null = null
  #last = Number.NEGATIVE_INFINITY
  readonly #receive = (signal: Interrupt): void => {
    const now = performance.now()
    const isAgain = now - this.#last < togetherMs && !isFromTerminal(signal)
    this.#last = now
    if (isAgain) return
    this.count += 1
    this.#listener?.(signal)
  }

  constructor() {
    for (const signal of watched) process.on(signal, this.#receive)
  }

  /** Until the returned function is called, signals go here. */
  listen(listener: Listener): () => void {
    this.#listener = listener
    return () => {
      if (this.#listener === listener) this.#listener = null
    }
  }

  /** From now on signals do again what the system does. */
  end(): void {
    for (const signal of watched) process.off(signal, this.#receive)
  }
}

/**
 * Passes signals on to a child that did not get them itself. A terminal sends Ctrl+C to the whole group, and a second
 * interrupt would make terraform give up its lock and its state.
 * @param interrupts how many interrupts the child has told of.
 */
export function passOn(pid: number, interrupts: () => number): Listener {
  return (signal) => {
    if (isFromTerminal(signal)) return
    const before = interrupts()
    setTimeout(() => {
      if (interrupts() === before) send(pid, signal)
    }, graceMs).unref()
  }
}

function send(pid: number, signal: Interrupt): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended.
  }
}

/** Ctrl+C goes to the group in a terminal's foreground; whoever signals such a group does the same. */
function isFromTerminal(signal: Interrupt): boolean {
  if (signal !== 'SIGINT') return false
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return terminal !== '0' && group === foreground
  } catch {
    return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  }
}
