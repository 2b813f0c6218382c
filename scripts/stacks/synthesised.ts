import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const Manifest = z.object({
  stacks: z.record(
    z.string(),
    z.object({
      name: z.string(),
      workingDirectory: z.string(),
      synthesizedStackPath: z.string(),
      dependencies: z.array(z.string()),
    }),
  ),
})

const Document = z.looseObject({
  resource: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  terraform: z.looseObject({ backend: z.object({ http: z.object({ address: z.string() }) }) }),
})

/** A stack as Terraform will read it. */
export type Stack = {
  readonly name: string
  readonly folder: string
  readonly dependencies: readonly string[]
  readonly document: z.output<typeof Document>
}

/** The stacks of a folder that synthesis has written, each after what it depends on. */
export function readStacks(outdir: string): Stack[] {
  const { stacks } = Manifest.parse(JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')))
  const read = Object.values(stacks).map(({ name, workingDirectory, synthesizedStackPath, dependencies }): Stack => ({
    name,
    folder: join(outdir, workingDirectory),
    dependencies,
    document: Document.parse(JSON.parse(readFileSync(join(outdir, synthesizedStackPath), 'utf8'))),
  }))
  return inOrder(read)
}

/** By their dependencies, and else by name. */
export function inOrder<Item extends Pick<Stack, 'name' | 'dependencies'>>(stacks: readonly Item[]): Item[] {
  const byName = new Map(stacks.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((stack) => [stack.name, stack]))
  const ordered = new Set<Item>()
  const add = (stack: Item): void => {
    for (const name of stack.dependencies) {
      const needed = byName.get(name)
      if (needed) add(needed)
    }
    ordered.add(stack)
  }
  for (const stack of byName.values()) add(stack)
  return [...ordered]
}

export function resourcesOf({ document }: Stack): number {
  return Object.values(document.resource).reduce((sum, each) => sum + Object.keys(each).length, 0)
}

export function stateOf({ document }: Stack): string {
  return document.terraform.backend.http.address
}
