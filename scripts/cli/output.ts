import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Colours a text when the stream is a terminal and nobody asked for plain text (`NO_COLOR`). */
export function paint(text: string, style: Style, stream: NodeJS.WriteStream = process.stdout): string {
  const isPlain = !stream.isTTY || (process.env['NO_COLOR'] ?? '') !== ''
  return isPlain ? text : styleText(style, text, { validateStream: false })
}

/** One line for the person; the command's own output stays on stdout. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Ends the command in order when its reader has gone, as in `throughline deployments | head -1`. */
export function surviveClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
}
