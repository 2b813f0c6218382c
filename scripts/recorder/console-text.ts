/** How terraform writes: with colours unless told otherwise, in its own name. */
export type Voice = { readonly isColored: boolean; readonly tool: 'terraform' | 'opentofu' }

const codes = { reset: 0, bold: 1, red: 31, dark: 90 } as const

/** Writes colours as terraform does: every mark is one instruction. */
export function colors({ isColored }: Voice): Readonly<Record<keyof typeof codes, string>> {
  const mark = (code: number) => (isColored ? `\u001B[${code}m` : '')
  return { reset: mark(codes.reset), bold: mark(codes.bold), red: mark(codes.red), dark: mark(codes.dark) }
}

/** An error without detail, as terraform shows it on stderr. */
export function errorText(summary: string, voice: Voice): string {
  if (!voice.isColored) return `\nError: ${summary}\n\n`
  const { reset, bold, red } = colors(voice)
  const side = `${red}│${reset} ${reset}`
  return [
    `${red}╷${reset}${reset}`,
    `${side}${bold}${red}Error: ${reset}${reset}${bold}${summary}${reset}`,
    side,
    `${side}${reset}`,
    `${red}╵${reset}${reset}`,
    '',
  ].join('\n')
}

/** What a plan without a file ends with. @param columns of the terminal, or what terraform takes for a pipe. */
export function planTrailer(voice: Voice, columns: number): string {
  const { reset, dark } = colors(voice)
  const [name, command] = voice.tool === 'opentofu' ? ['OpenTofu', 'tofu'] : ['Terraform', 'terraform']
  const note =
    `Note: You didn't use the -out option to save this plan, so ${name} can't guarantee to take exactly these actions ` +
    `if you run "${command} apply" now.`
  return `${dark}\n${'─'.repeat(Math.max(0, columns - 1))}${reset}\n\n${wrapped(note, columns - 1)}\n`
}

/** Breaks a text at spaces into lines of at most so many characters. */
function wrapped(text: string, width: number): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.join('\n')
}
