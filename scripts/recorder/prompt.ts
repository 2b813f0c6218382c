import { colors, errorText } from './console-text.ts'
import type { Voice } from './console-text.ts'
import type { Interrupt, Signals } from './signals.ts'

/** What is to be approved. */
export type Question = {
  readonly mode: 'apply' | 'destroy' | 'refresh'
  readonly workspace: string
  readonly voice: Voice
}

/** What came of it. `signal` is how the process must end, as terraform would have. */
export type Answer =
  | { readonly kind: 'approved' }
  | { readonly kind: 'declined' | 'failed' }
  | { readonly kind: 'interrupted'; readonly signal: NodeJS.Signals | null }

/** How the person is talked to. */
export type Talk = {
  /** Shows a text, and has it recorded. */
  readonly say: (stream: 'stdout' | 'stderr', text: string) => void
  /** Has recorded what the terminal shows already. */
  readonly heard: (text: string) => void
}

/** Asks for approval in terraform's own words. Only `yes` approves. */
export async function askApproval(question: Question, signals: Signals, talk: Talk): Promise<Answer> {
  const { voice, mode } = question
  talk.say('stdout', questionText(question))
  const answer = await nextLine(signals)
  if (answer === null) {
    talk.say('stderr', errorText('error asking for approval: EOF', voice))
    return { kind: 'failed' }
  }
  if (typeof answer === 'object') return interrupted(answer.signal, voice, talk)
  // Whatever else is typed here may be meant for another prompt.
  talk.heard(/^(?:yes|no|y|n)?$/i.test(answer.trim()) ? answer : '(something else)')
  talk.say('stdout', '\n')
  if (answer.trimEnd() === 'yes') return { kind: 'approved' }
  talk.say('stdout', mode === 'destroy' ? 'Destroy cancelled.\n' : 'Apply cancelled.\n')
  return { kind: 'declined' }
}

function interrupted(signal: Interrupt, voice: Voice, { say }: Talk): Answer {
  // Terraform does not listen to this one.
  if (signal === 'SIGHUP') return { kind: 'interrupted', signal }
  const name = nameOf(voice)
  say(
    'stdout',
    `\nInterrupt received.\nPlease wait for ${name} to exit or data loss may occur.\nGracefully shutting down...\n\n\n`,
  )
  const why = signal === 'SIGINT' ? 'interrupted' : 'context canceled'
  say('stderr', errorText(`error asking for approval: ${why}`, voice))
  return { kind: 'interrupted', signal: null }
}

function questionText({ mode, workspace, voice }: Question): string {
  const { reset, bold } = colors(voice)
  const where = workspace === 'default' ? '' : ` in workspace "${workspace}"`
  const name = nameOf(voice)
  const only = "There is no undo. Only 'yes' will be accepted to confirm."
  const texts = {
    apply: [
      `Do you want to perform these actions${where}?`,
      `${name} will perform the actions described above.`,
      "Only 'yes' will be accepted to approve.",
    ],
    destroy: [
      `Do you really want to destroy all resources${where}?`,
      `${name} will destroy all your managed infrastructure, as shown above.`,
      only,
    ],
    refresh: [
      `Would you like to update the ${name} state${where && ` for "${workspace}"`} to reflect these detected changes?`,
      `${name} will write these changes to the state without modifying any real infrastructure.`,
      only,
    ],
  }
  const [query = '', ...description] = texts[mode]
  const indented = description.map((line) => `  ${line}\n`).join('')
  return `${reset}${bold}\n${query}${reset}\n${indented}\n  ${bold}Enter a value:${reset} ${reset}`
}

function nameOf({ tool }: Voice): string {
  return tool === 'opentofu' ? 'OpenTofu' : 'Terraform'
}

/** What the person types, null when the input ends before the line does, or the signal that came instead. */
async function nextLine(signals: Signals): Promise<string | null | { signal: Interrupt }> {
  const { stdin } = process
  return new Promise((resolve) => {
    let typed = ''
    const finish = (answer: string | null | { signal: Interrupt }) => {
      stdin.off('data', take).off('end', end).off('error', end)
      // Terraform reads the terminal next.
      stdin.pause()
      ignore()
      resolve(answer)
    }
    const take = (bytes: Buffer) => {
      typed += bytes.toString()
      const end = typed.indexOf('\n')
      if (end !== -1) finish(typed.slice(0, end))
    }
    const end = () => finish(null)
    const ignore = signals.listen((signal) => finish({ signal }))
    stdin.on('data', take).on('end', end).on('error', end).resume()
  })
}
