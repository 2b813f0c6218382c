import { AsyncLocalStorage } from 'node:async_hooks'

/** Whether the call that is being answered was made by a script that runs here. */
const calls = new AsyncLocalStorage<boolean>()

/** Answers a call; everything that it waits for knows whether a script made it. */
export function answering<Answer>(isInside: boolean, answer: () => Answer): Answer {
  return calls.run(isInside, answer)
}

/** True while a call from inside is answered: whoever makes it wait for the runtime makes it wait for itself. */
export function isFromInside(): boolean {
  return calls.getStore() ?? false
}
