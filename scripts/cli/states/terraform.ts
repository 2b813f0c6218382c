import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { Refusal, codeOf } from '../../embedded/refusal.ts'
import { readSettings } from '../settings.ts'
import { stateFileOf } from './document.ts'
import type { StateFile } from './document.ts'

/** The state of the configuration in the current folder, whatever its backend is. */
export async function pullFromTerraform(): Promise<StateFile> {
  const { terraform } = readSettings(process.env)
  const told = `\`${terraform} state pull\``
  const child = spawn(terraform, ['state', 'pull'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close').catch((error: unknown) => {
    const why =
      codeOf(error) === 'ENOENT' ? 'there is no such program; THROUGHLINE_TERRAFORM may name it' : codeOf(error)
    throw new Refusal(`${told} could not be run: ${why}.`)
  })
  const [content, [code]] = await Promise.all([buffer(child.stdout), ended])
  if (code !== 0) throw new Refusal(`${told} failed in this folder; see above.`)
  if (content.subarray(0, 100).toString().trim() === '') {
    throw new Refusal(`${told} found no state: run it in the folder of the configuration, after \`${terraform} init\`.`)
  }
  return stateFileOf(asStored(content), `What ${told} printed`)
}

/** Terraform prints the file and ends the line that the file has ended itself. */
function asStored(content: Buffer): Buffer {
  return content.subarray(-3).toString() === '}\n\n' ? content.subarray(0, -1) : content
}
