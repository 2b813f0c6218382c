import { z } from 'zod'
import { problems } from './errors.ts'

function list<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])
}

const Names = list(z.string())
const Renamed = list(z.object({ from: z.string(), to: z.string() }))
const Transferred = list(z.object({ from: z.string(), from_script: z.string(), to: z.string() }))

const Step = z.object({
  new_classes: Names,
  new_sqlite_classes: Names,
  deleted_classes: Names,
  renamed_classes: Renamed,
  transferred_classes: Transferred,
})
type Step = z.infer<typeof Step>

/** One step, or several in order, from the stored tag to a new one. */
export const Migrations = Step.extend({
  old_tag: z.string().nullish(),
  new_tag: z.string().nullish(),
  steps: z.array(Step).nullish(),
})
export type Migrations = z.infer<typeof Migrations>

/** A class as a migration sees it: which objects it owns, and whether they are in SQLite. */
export type Known = { readonly class: string; readonly id: string; readonly uses_sqlite: boolean }

/** What a script owns before and after, and where classes of other scripts are found. */
export type Before = {
  readonly tag: string | null
  readonly classes: readonly Known[]
  readonly classOf: (script: string, name: string) => Known | null
  readonly newId: () => string
}

/** The classes that a script has afterwards, those that are gone with their objects, and the tag. */
export type After = {
  readonly tag: string | null
  readonly classes: readonly Known[]
  readonly deleted: readonly Known[]
  /** Classes that must be exported because a migration names them. */
  readonly named: readonly string[]
}

/** Applies migrations to what a script owns. Their first tag must be the stored one. */
export function migrate(before: Before, migrations: Migrations | null | undefined): After {
  if (!migrations) return { tag: before.tag, classes: before.classes, deleted: [], named: [] }
  const { old_tag: from, new_tag: to, steps, ...step } = migrations
  // Whoever uses tags at all must begin at the stored one; migrations without any tag are applied as they come.
  const isTagged = Boolean(from) || Boolean(to)
  if (isTagged && (from ?? null) !== before.tag) throw problems.migrationTag(before.tag)
  const work = new Work(before)
  for (const one of steps ?? [step]) work.apply(one)
  return { ...work.result(), tag: to ?? before.tag }
}

/** The classes while steps are being applied to them. */
class Work {
  readonly #before: Before
  readonly #classes: Map<string, Known>
  readonly #deleted: Known[] = []
  readonly #targets = new Set<string>()

  constructor(before: Before) {
    this.#before = before
    this.#classes = new Map(before.classes.map((known) => [known.class, known]))
  }

  apply(step: Step): void {
    for (const name of step.new_classes) this.#create(name, false)
    for (const name of step.new_sqlite_classes) this.#create(name, true)
    for (const { from, to } of step.renamed_classes) this.#move(this.#take('rename-class', from), to)
    for (const { from, from_script: script, to } of step.transferred_classes) {
      const known = this.#before.classOf(script, from)
      if (!known) throw problems.classUnknown('transfer-class', from)
      this.#move(known, to)
    }
    for (const name of step.deleted_classes) this.#deleted.push(this.#take('delete-class', name))
  }

  result(): Omit<After, 'tag'> {
    const named = [...this.#targets].filter((name) => this.#classes.has(name))
    return { classes: [...this.#classes.values()], deleted: this.#deleted, named }
  }

  #create(name: string, sqlite: boolean): void {
    if (this.#classes.has(name)) throw this.#targets.has(name) ? problems.classTwice(name) : problems.classExists(name)
    this.#move({ class: name, id: this.#before.newId(), uses_sqlite: sqlite }, name)
  }

  #take(kind: string, name: string): Known {
    const known = this.#classes.get(name)
    if (!known) throw problems.classUnknown(kind, name)
    this.#classes.delete(name)
    return known
  }

  #move(known: Known, to: string): void {
    if (this.#classes.has(to)) throw problems.classTwice(to)
    this.#targets.add(to)
    this.#classes.set(to, { ...known, class: to })
  }
}
