const escape = String.fromCodePoint(0x1b)

/** Whether a text would do more to a terminal than fill it. */
export function holdsEscape(text: string): boolean {
  return text.includes(escape)
}

/** A text without its colours. */
export function stripStyles(text: string): string {
  return text.replaceAll(new RegExp(`${escape}\\[[0-9;]*m`, 'g'), '')
}
