import { redactPlan } from '../../worker/features/deployments/plan-record.ts'
import type { PlanRecord } from '../../worker/features/deployments/plan-record.ts'
import type { Secrets } from '../../worker/platform/redact.ts'
import { childProcess } from './child-process.ts'
import { parseJson } from './members.ts'
import type { Invocation } from './terraform.ts'

/** A larger plan is not read: neither the memory nor the server would take it. In bytes. */
const largest = 32_000_000
const patienceMs = 60_000

/** It runs beside the apply, and is a seventh less work with less collecting of garbage. */
const hurried = { GOGC: '400', GOMEMLIMIT: '512MiB' }

/** What may be kept of a saved plan. `secrets` gains what the plan holds. */
export async function readPlan(show: Invocation, secrets: Secrets): Promise<PlanRecord> {
  const raw = parseJson(await outputOf(show))
  if (raw === undefined) throw new Error('terraform showed it in an unknown form')
  return redactPlan(raw, secrets)
}

/** In a group of its own, so that Ctrl+C in the terminal does not end it. */
async function outputOf({ program, args, env }: Invocation): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = childProcess().spawn(program, args, {
      env: { ...hurried, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    const pieces: Buffer[] = []
    let length = 0
    child.stdout.on('data', (piece: Buffer) => {
      length += piece.length
      if (length > largest) child.kill('SIGKILL')
      else pieces.push(piece)
    })
    child.on('error', reject).on('close', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve(Buffer.concat(pieces).toString())
      else reject(new Error(length > largest ? 'it is larger than 32 MB' : 'terraform could not show it'))
    })
  })
}
