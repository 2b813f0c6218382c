import type { GitObject, GitStore } from '../git/repository.ts'
import type { Objects } from './graph.ts'

type Waiting = PromiseWithResolvers<GitObject | null> & { readonly name: string }

/** Gathers what a query wants from git in one turn of the event loop, and asks once for each repository. */
export function gatherObjects(git: GitStore): Objects {
  const known = new Map<string, Promise<GitObject | null>>()
  const waiting = new Map<number, Waiting[]>()

  const ask = async (repository: number) => {
    const batch = waiting.get(repository) ?? []
    waiting.delete(repository)
    try {
      const objects = await git.at(repository).objects(batch.map(({ name }) => name))
      for (const [index, { resolve }] of batch.entries()) resolve(objects[index] ?? null)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  const load = (repository: number, name: string) => {
    const key = `${repository} ${name}`
    const found = known.get(key)
    if (found) return found
    const wanted = { name, ...Promise.withResolvers<GitObject | null>() }
    known.set(key, wanted.promise)
    const batch = waiting.get(repository)
    if (batch) batch.push(wanted)
    else {
      waiting.set(repository, [wanted])
      setImmediate(() => void ask(repository))
    }
    return wanted.promise
  }
  return { load }
}
