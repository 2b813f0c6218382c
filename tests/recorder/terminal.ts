import { spawn } from 'node:child_process'
import { eventually } from '../../worker/testing.ts'

/** As wide as terraform takes a pipe for, so that both break their lines alike. */
const columns = 78

/** What a person types, once the terminal shows a text, and what happens elsewhere then. */
export type Typed = { readonly at: string | RegExp; readonly keys: string; readonly also?: () => void }

export type Shown = { readonly code: number | null; readonly output: string }

/** The keys of a terminal that are signals, or end the input. */
export const keys = { interrupt: '\u0003', endOfInput: '\u0004', enter: '\n' } as const

/** Runs a command in a terminal of its own, with a person before it. */
export async function inTerminal(
  command: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  typed: readonly Typed[] = [],
): Promise<Shown> {
  const quoted = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
  const shell = `stty cols ${columns} rows 50; exec ${quoted}`
  const child = spawn('script', ['-qefc', shell, '/dev/null'], { ...place, stdio: ['pipe', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve(code))
  })
  for (const { at, keys: text, also } of typed) {
    await eventually(
      async () => output,
      (shown) => (typeof at === 'string' ? shown.includes(at) : at.test(shown)),
      30_000,
    )
    child.stdin.write(text)
    also?.()
  }
  const code = await ended
  child.stdin.destroy()
  return { code, output }
}
