const escape = String.fromCodePoint(0x1b)
const bell = String.fromCodePoint(0x07)

/** What begins and ends them, in seven bits and in the one sign of eight. */
const csi = `(?:${escape}\\[|\u009b)`
const strings = '\\u0090\\u0098\\u009d-\\u009f'
const string = `(?:${escape}[\\]PX^_]|[${strings}])`
const end = `(?:${bell}|${escape}\\\\|\u009c)`

/** Colours, cursor movements, titles and links, whole: without their first sign their rest would be read as text. */
const sequences = new RegExp(
  `${csi}[0-?]*[ -/]*[@-~]|${string}[^${escape}${bell}\u009c${strings}]*${end}|${escape}[ -/]*[0-OQ-WYZ\\\\\`-~]`,
  'g',
)

/** What moves a terminal's cursor or its text, or rings. Direction marks make a line read as another. */
const controls = /[\p{Cc}\p{Bidi_Control}]/gu

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** A recorded text as lines that a terminal may be given: nothing in it steers the terminal; tabs stay. */
export function plainLines(text: string): string[] {
  return text
    .replace(sequences, '')
    .replace(/\r\n/g, '\n')
    .split('\n')
    .map((line) => line.replace(controls, (sign) => (sign === '\t' ? sign : '')))
}

/** The same on one line. */
export function plain(text: string): string {
  return plainLines(text).join(' ').replaceAll('\t', ' ')
}

/** JSON that means the same, and that a terminal may be given. */
export function plainJson(text: string): string {
  return text.replace(controls, (sign) => (sign === '\n' ? sign : `\\u${hex(sign)}`))
}

function hex(sign: string): string {
  return sign.charCodeAt(0).toString(16).padStart(4, '0')
}

/** How many columns of a terminal a plain text takes. */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  return [...segmenter.segment(text)].reduce((sum, { segment }) => sum + columnsOf(segment), 0)
}

function columnsOf(grapheme: string): number {
  if (/^[\p{M}\p{Cf}]/u.test(grapheme)) return 0
  return /[\p{Extended_Pictographic}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
    grapheme,
  )
    ? 2
    : 1
}

/** A plain text in at most so many columns; `…` stands for what was cut off. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let left = width - 1
  for (const { segment } of segmenter.segment(text)) {
    left -= columnsOf(segment)
    if (left < 0) break
    kept += segment
  }
  return width < 1 ? '' : `${kept}…`
}

/** A text padded with spaces to so many columns. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}
