/** Members that everything is asked for when it is awaited, printed or made a text. */
const asked = new Set<string | symbol>(['then', 'toJSON', 'inspect'])

/** A binding that the local account cannot give: every use says so, but it can be passed around. */
export default function unavailable({ message }: { readonly message: string }) {
  return new Proxy(
    {},
    {
      get: (target, name) => {
        if (typeof name === 'symbol' || asked.has(name) || name in target) return Reflect.get(target, name)
        return () => {
          throw new Error(message)
        }
      },
    },
  )
}
