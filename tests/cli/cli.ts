import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, startWorker } from '../../worker/testing.ts'
import { FaultProxy } from '../terraform/proxy.ts'
import type { Fault } from '../terraform/proxy.ts'
import { runViews, stateViews, tokenIssuer } from '../terraform/views.ts'

/** What people start. */
export const launcher = join(import.meta.dirname, '../../scripts/throughline')

export type Result = { readonly code: number | null; readonly out: string; readonly err: string }

type Settings = {
  readonly env?: Record<string, string>
  /** What stdin holds; null leaves it open for \`type\`. */
  readonly input?: string | Buffer | null
  readonly cwd?: string
}

/** A command that runs. */
export type Running = {
  readonly out: () => string
  readonly err: () => string
  readonly type: (text: string) => void
  readonly signal: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Result & { readonly bytes: Buffer }>
}

const patienceMs = 60_000

function start(file: string, args: readonly string[], { env = {}, input, cwd }: Settings): Running {
  const child = spawn(file, args, {
    cwd: cwd ?? tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), CHECKPOINT_DISABLE: '1', TERM: 'xterm-256color', ...env },
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  })
  const pieces: Buffer[] = []
  let err = ''
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  child.stdin.on('error', () => undefined)
  if (input !== null) child.stdin.end(input)
  const out = () => Buffer.concat(pieces).toString()
  const ended = new Promise<Result & { bytes: Buffer }>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      child.stdin.destroy()
      resolve({ code, out: out(), err, bytes: Buffer.concat(pieces) })
    })
  })
  const type = (text: string) => child.stdin.write(text)
  return { out, err: () => err, type, signal: (signal) => child.kill(signal), ended }
}

/** The Worker on a loopback port, and the real command line that reads from it. */
export function startCli() {
  const worker = startWorker()
  const views = { ...stateViews(worker.fetch), ...runViews(worker.fetch), token: tokenIssuer(worker.fetch) }
  let url: string
  beforeAll(async () => {
    ;({ origin: url } = await worker.server().ready)
  })

  function withAccess(settings: Settings): Settings {
    return { ...settings, env: { THROUGHLINE_URL: url, THROUGHLINE_TOKEN: root, ...settings.env } }
  }
  /** Starts a command whose output is read through pipes. */
  function begin(args: readonly string[], settings: Settings = {}): Running {
    return start(launcher, args, withAccess(settings))
  }
  /** Runs a command to its end. */
  async function run(...args: string[]): Promise<Result> {
    return begin(args).ended
  }
  /** Starts a shell line on a terminal of so many columns; `throughline` is the command. */
  function onTerminal(line: string, columns = 200, settings: Settings = {}): Running {
    const script = `stty cols ${columns}; ${withCommand(line)}`
    return start('script', ['-qefc', script, '/dev/null'], withAccess(settings))
  }
  /** Starts a shell line whose output is read through pipes. */
  function shell(line: string, settings: Settings = {}): Running {
    return start('sh', ['-c', withCommand(line)], withAccess(settings))
  }
  return { worker, begin, run, shell, onTerminal, url: () => url, ...surroundings(() => url), ...views }
}

function withCommand(line: string): string {
  return `throughline() { '${launcher}' "$@"; }; ${line}`
}

/** Folders and networks of a test's own. */
function surroundings(url: () => string) {
  const proxies: FaultProxy[] = []
  const folders: string[] = []
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.stop()
    for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true })
  })
  return {
    folder: async (): Promise<string> => {
      const path = await mkdtemp(join(tmpdir(), 'throughline-cli-'))
      folders.push(path)
      return path
    },
    /** The server over a network that has a fault. @param watch is called when a request arrives. */
    disturbed: async (fault: Fault | null, watch?: (method: string) => void) => {
      const proxy = new FaultProxy(url(), fault, watch)
      proxies.push(proxy)
      return { proxy, url: await proxy.listen() }
    },
  }
}
