/** A counter as stored. */
export type Counter = { readonly scope: string; readonly key: string; readonly n: number }

/** Reads counters by scope. One that was never counted is zero; a late correction never shows less than that. */
export function totals(counters: readonly Counter[]) {
  const scopes = new Map<string, Map<string, number>>()
  for (const { scope, key, n } of counters) {
    const keys = scopes.get(scope) ?? new Map<string, number>()
    scopes.set(scope, keys.set(key, Math.max(n, 0)))
  }
  const all = (scope: string): [key: string, n: number][] =>
    [...(scopes.get(scope) ?? [])].filter(([, n]) => n > 0).toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return {
    /** One counter. */
    of: (scope: string, key: string): number => scopes.get(scope)?.get(key) ?? 0,
    /** All counters of a scope above zero, the largest first. */
    all,
  }
}
