/** Text as the page would show it: here without any rendering but paragraphs. */
export function html(text: string | null): string {
  if (text === null || text.trim() === '') return ''
  const paragraphs = escaped(text).split(/\r?\n(?:\s*\r?\n)+/)
  return paragraphs.map((each) => `<p dir="auto">${each}</p>`).join('\n')
}

/** One line of text as the page would show it. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

export function pathOf(url: string): string {
  return new URL(url).pathname
}
