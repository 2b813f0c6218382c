import { chown, mkdtemp, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { firstLine, run, start, stop } from './processes.ts'
import { freePort } from './server.ts'

export type Postgres = { readonly url: string; readonly stop: () => Promise<void> }

/** A new PostgreSQL with its default settings, so a durable one, below `parent`; null when it is not installed. */
export async function startPostgres(parent: string): Promise<Postgres | null> {
  if ((await firstLine('initdb', ['--version'])) === null) return null
  const folder = await mkdtemp(join(parent, 'postgres-'))
  const user = await ordinaryUser()
  if (user !== null) await chown(folder, user.uid, user.gid)
  const options = { ...user, cwd: folder }
  const made = await run('initdb', ['-D', folder, '-U', 'bench', '--auth=trust', '--no-instructions'], options)
  if (made.code !== 0) throw new Error(`initdb failed: ${made.output}`)
  const port = await freePort()
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
  const server = start('postgres', ['-D', folder, '-p', String(port), ...settings], { ...options, stdio: 'ignore' })
  await answering(port)
  return { url: `postgres://bench@127.0.0.1:${port}/postgres?sslmode=disable`, stop: () => stop(server, 'SIGINT') }
}

/** PostgreSQL refuses to be run by root: then it runs as whoever the system has for it, or as nobody. */
async function ordinaryUser(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (!found) throw new Error('The system has no user to run PostgreSQL as.')
  return { uid: Number(found[2]), gid: Number(found[3]) }
}

async function answering(port: number): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await isOpen(port))) {
    if (Date.now() > deadline) throw new Error('PostgreSQL did not start within 20 s.')
    await sleep(50)
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  }).then((open) => {
    socket.destroy()
    return open === true
  })
}
