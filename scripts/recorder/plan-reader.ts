import { spawn } from 'node:child_process'
import { redactPlan } from '../../worker/features/deployments/plan-record.ts'
import type { PlanRecord } from '../../worker/features/deployments/plan-record.ts'
import type { Secrets } from '../../worker/platform/redact.ts'
import { parseJson } from './members.ts'
import type { Invocation } from './terraform.ts'

/** A larger plan is not read: neither the memory nor the server would take it. In bytes. */
const largest = 32_000_000
const patienceMs = 60_000

/** What may be kept of a saved plan; null when it cannot be read. `secrets` gains what the plan holds. */
export async function readPlan(show: Invocation, secrets: Secrets): Promise<PlanRecord | null> {
  const text = await outputOf(show)
  const raw = text === null ? undefined : parseJson(text)
  return raw === undefined ? null : redactPlan(raw, secrets)
}

/** In a group of its own, so that Ctrl+C in the terminal does not end it. */
async function outputOf({ program, args, env }: Invocation): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'], detached: true })
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    const pieces: Buffer[] = []
    let length = 0
    child.stdout.on('data', (piece: Buffer) => {
      length += piece.length
      if (length > largest) child.kill('SIGKILL')
      else pieces.push(piece)
    })
    child
      .on('error', () => resolve(null))
      .on('close', (code) => {
        clearTimeout(timer)
        resolve(code === 0 ? Buffer.concat(pieces).toString() : null)
      })
  })
}
