const signals = ['SIGINT', 'SIGTERM'] as const

/** The first request to stop. A second one does what the system does: it kills. */
export async function firstSignal(): Promise<void> {
  await new Promise<void>((done) => {
    const stop = () => {
      for (const signal of signals) process.off(signal, stop)
      done()
    }
    for (const signal of signals) process.on(signal, stop)
  })
}

/** Miniflare ends the process at a signal, with a code that says failure: what it listens to is taken off again. */
export function withoutSignals<Made>(make: () => Made): Made {
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)))
  const made = make()
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) if (!before.has(listener)) process.off(signal, listener)
  }
  return made
}
