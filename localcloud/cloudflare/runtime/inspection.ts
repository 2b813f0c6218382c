import { z } from 'zod'

const Targets = z.array(z.object({ id: z.string() }))
const patienceMs = 1000

/**
 * Who has the runtime's thread. The inspector has a thread of its own and must get hold of an isolate to open a
 * connection to it: the one that runs without end is the first that does not let it in. All after it wait behind.
 */
export async function holderOf(inspector: URL): Promise<string | null> {
  const listed = await fetch(`http://${inspector.host}/json`, { signal: AbortSignal.timeout(patienceMs) })
  for (const { id } of Targets.parse(await listed.json()))
    if (!(await letsIn(`ws://${inspector.host}/${id}`))) return id
  return null
}

async function letsIn(url: string): Promise<boolean> {
  const socket = new WebSocket(url)
  const opened = new Promise<boolean>((done) => {
    socket.addEventListener('open', () => done(true))
    socket.addEventListener('error', () => done(false))
    setTimeout(() => done(false), patienceMs).unref()
  })
  return opened.finally(() => socket.close())
}
