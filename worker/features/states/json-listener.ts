/** Where a value stands: member names and element numbers from the outside in. */
export type Path = readonly (string | number)[]

/** What to do with a value: hand it over whole, look at what is inside, or only check it. */
export type Interest = 'capture' | 'enter' | 'skip'

/** Who listens to a scanner. */
export type Listener = {
  interest(path: Path): Interest
  captured(path: Path, value: unknown): void
}
