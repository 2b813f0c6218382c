/** Where a value stands: member names and element numbers from the outside in. */
export type Path = readonly (string | number)[]

/** What to do with a value: hand it over whole, look at what is inside, or only check it. */
export type Interest = 'capture' | 'enter' | 'skip'

/** Where the text of a value stands: its first byte and the one behind its last, counted from the document's first. */
export type Place = { readonly from: number; readonly to: number }

/** Who listens to a scanner. */
export type Listener = {
  interest(path: Path): Interest
  captured(path: Path, value: unknown, place: Place): void
}
