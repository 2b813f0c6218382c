/** The words of what a person typed. A zero byte would end the query early. */
function wordsOf(text: string): string[] {
  return text.split(/[\s\0]+/).filter((word) => word !== '')
}

/** Whether there is anything to look for. */
export function isSearchable(text: string): boolean {
  return wordsOf(text).length > 0
}

/** What a person typed as a full-text query: every word literally, the last as the beginning of one. */
export function matchOf(text: string): string {
  const quoted = wordsOf(text).map((word) => `"${word.replaceAll('"', '""')}"`)
  return `${quoted.join(' ')}*`
}
