/** Splits a text like a shell does, without expanding anything, as Terraform splits `TF_CLI_ARGS`; null when a quote stays open. */
export function wordsIn(text: string): string[] | null {
  const word = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/y
  const words: string[] = []
  for (let at = skipSpace(text, 0); at < text.length; at = skipSpace(text, word.lastIndex)) {
    word.lastIndex = at
    const found = word.exec(text)
    if (!found) return null
    words.push(unquote(found[0]))
  }
  return words
}

function skipSpace(text: string, from: number): number {
  const rest = /\S/.exec(text.slice(from))
  return rest ? from + rest.index : text.length
}

function unquote(word: string): string {
  return word.replaceAll(/\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g, (_, sign, double, single) => {
    if (sign !== undefined) return String(sign)
    return double === undefined ? String(single) : String(double).replaceAll(/\\([\s\S])/g, '$1')
  })
}
