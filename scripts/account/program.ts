import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Refusal } from '../embedded/refusal.ts'
import { Signals, passOn } from '../recorder/signals.ts'

type Where = { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly out?: 'inherit' | 'pipe' }

/** How a program ended, and what it printed where that was not shown. */
type Ended = { readonly code: number; readonly output: string }

/** Runs a program to its end, asked nothing. It is not left alone with an interrupt: it may have to put things in order. */
export async function run(program: string, args: readonly string[], where: Where): Promise<Ended> {
  const { cwd, env, out = 'inherit' } = where
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', out, 'inherit'] })
  const signals = new Signals()
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
  try {
    const ended = await new Promise<Ended>((done, fail) => {
      child.on('error', () => fail(new Refusal(`${program} cannot be started: is it installed?`)))
      child.on('spawn', () => signals.listen(passOn(child.pid ?? 0, () => 0)))
      child.on('close', (code, signal) =>
        done({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), output }),
      )
    })
    // Its code does not tell: wrangler ends with 0.
    if (signals.count > 0) throw new Refusal('Interrupted. Run it again, and it goes on.')
    return ended
  } finally {
    signals.end()
  }
}
