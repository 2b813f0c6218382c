import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Refusal } from '../embedded/refusal.ts'

const start = promisify(execFile)

/** Variables of the shell that would lead a tool elsewhere than the story does. */
const strangers = /^(?:CLOUDFLARE_|CF_|GITHUB_|GH_|GIT_|TF_|THROUGHLINE_|WORKER_URL$)/

/** Runs a real tool to its end and returns what it printed. @throws Refusal with its output when it fails. */
export async function tool(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => !strangers.test(name))
  try {
    const { stdout } = await start(program, args, { cwd, env: { ...Object.fromEntries(own), ...env }, timeout: 60_000 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const why = stdout + stderr || String(error)
    throw new Refusal(`${program} ${args.join(' ')} failed:\n${why}`)
  }
}

/** One request to an API that takes and answers JSON. @throws Refusal when the answer is no 2xx. */
export async function ask(url: string, token: string, json?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'user-agent': 'throughline' }
  const response = await fetch(url, { headers, ...(json ? { method: 'POST', body: JSON.stringify(json) } : {}) })
  const body = await response.text()
  if (!response.ok) throw new Refusal(`${url} answered ${response.status}: ${body.slice(0, 500)}`)
  return JSON.parse(body)
}

/** Says what is about to happen. */
export function step(text: string): void {
  console.log(`\n▸ ${text}`)
}
