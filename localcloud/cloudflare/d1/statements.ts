/** Kinds of tokens, in the order of the columns below. */
const kinds = ['semicolon', 'space', 'other', 'explain', 'create', 'temp', 'trigger', 'end'] as const
type Kind = (typeof kinds)[number]

/**
 * SQLite's own rule for where a statement ends (`sqlite3_complete`): the next state by state and kind of token. A
 * trigger has semicolons inside and ends after the one that follows END.
 */
const states = {
  start: ['start', 'start', 'normal', 'explain', 'create', 'normal', 'normal', 'normal'],
  normal: ['start', 'normal', 'normal', 'normal', 'normal', 'normal', 'normal', 'normal'],
  explain: ['start', 'explain', 'explain', 'normal', 'create', 'normal', 'normal', 'normal'],
  create: ['start', 'create', 'normal', 'normal', 'normal', 'create', 'trigger', 'normal'],
  trigger: ['semicolon', 'trigger', 'trigger', 'trigger', 'trigger', 'trigger', 'trigger', 'trigger'],
  semicolon: ['semicolon', 'semicolon', 'trigger', 'trigger', 'trigger', 'trigger', 'trigger', 'end'],
  end: ['start', 'end', 'trigger', 'trigger', 'trigger', 'trigger', 'trigger', 'trigger'],
} as const
type State = keyof typeof states

const token = /;|\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\[[^\]]*\]|'[^']*'|"[^"]*"|`[^`]*`|[\w$\u0080-\uffff]+|[\s\S]/g

const keywords: Readonly<Record<string, Kind>> = {
  ';': 'semicolon',
  explain: 'explain',
  create: 'create',
  temp: 'temp',
  temporary: 'temp',
  trigger: 'trigger',
  end: 'end',
}

/** The statements of a text, each without its semicolon. Comments between them are no statements. */
export function statementsIn(text: string): string[] {
  const found: string[] = []
  let state: State = 'start'
  let from = 0
  let isEmpty = true
  for (const { 0: word, index } of text.matchAll(token)) {
    const kind = kindOf(word)
    state = states[state][kinds.indexOf(kind)] ?? 'normal'
    if (kind !== 'space' && kind !== 'semicolon') isEmpty = false
    if (kind !== 'semicolon' || state !== 'start') continue
    if (!isEmpty) found.push(text.slice(from, index).trim())
    from = index + 1
    isEmpty = true
  }
  if (!isEmpty) found.push(text.slice(from).trim())
  return found
}

function kindOf(word: string): Kind {
  if (/^(?:\s|--|\/\*)/.test(word)) return 'space'
  return keywords[word.toLowerCase()] ?? 'other'
}
