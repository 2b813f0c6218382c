/**
 * Lets what arrived meanwhile have its turn. The runtime looks at its sockets only when nothing else is left to do, and
 * locally D1 is in the same process: piece after piece of a large state would keep everybody waiting until the last.
 */
export async function breath(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1))
}
