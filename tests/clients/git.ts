import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type Run = { readonly code: number | null; readonly output: string }

/** Real git in a folder of its own, with nothing of this machine's configuration. */
export class Checkout {
  readonly folder = mkdtempSync(join(tmpdir(), 'throughline-checkout-'))

  /** Runs git to its end; what it wrote to either stream is its output. */
  async git(...args: string[]): Promise<Run> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'A Writer',
      GIT_AUTHOR_EMAIL: 'writer@example.com',
      GIT_COMMITTER_NAME: 'A Writer',
      GIT_COMMITTER_EMAIL: 'writer@example.com',
      LC_ALL: 'C',
    }
    const child = spawn('git', args, { cwd: this.folder, env })
    let output = ''
    child.stdout.on('data', (piece) => (output += String(piece)))
    child.stderr.on('data', (piece) => (output += String(piece)))
    child.stdin.end()
    const code = await new Promise<number | null>((done) => child.on('close', done))
    return { code, output }
  }

  /** What a command that must succeed prints. */
  async must(...args: string[]): Promise<string> {
    const { code, output } = await this.git(...args)
    if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${output}`)
    return output.trim()
  }

  async commit(file: string, content: string | Buffer, message: string): Promise<string> {
    writeFileSync(join(this.folder, file), content)
    await this.must('add', '--all')
    await this.must('commit', '--quiet', '--message', message)
    return this.must('rev-parse', 'HEAD')
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The address of a repository with a token as password, as scripts write it. */
export function addressWith(url: string, token: string, path: string): string {
  return `${url.replace('://', `://x-access-token:${token}@`)}/${path}.git`
}
