/** A binding that the local account cannot give: every use says so. */
export default function unavailable({ message }: { readonly message: string }) {
  return new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === 'then' || typeof name === 'symbol') return undefined
        return () => {
          throw new Error(message)
        }
      },
    },
  )
}
