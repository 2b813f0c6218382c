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
