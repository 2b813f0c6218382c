export type ContextState = 'success' | 'failure' | 'pending'

/** What statuses and checks say about a commit, by the name under which a branch may require them. */
export type ContextSource = (repository: number, sha: string) => ReadonlyMap<string, ContextState>

/** Everything that judges commits. */
export class Contexts {
  readonly #sources: ContextSource[] = []

  add(source: ContextSource): void {
    this.#sources.push(source)
  }

  of(repository: number, sha: string): ReadonlyMap<string, ContextState> {
    return new Map(this.#sources.flatMap((source) => [...source(repository, sha)]))
  }
}
