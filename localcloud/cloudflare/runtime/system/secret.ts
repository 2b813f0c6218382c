type Inner = { readonly fetcher: { get(): Promise<string> } }

/** A secret of the Secrets Store as a script sees it. */
export default function secret({ fetcher }: Inner) {
  return { get: () => fetcher.get() }
}
