import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { Refusal, codeOf } from '../../../scripts/embedded/refusal.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Run, Workflow } from './schema.ts'

/** What this machine runs in place of a workflow. */
export const Binding = z.strictObject({
  /** `owner/name` */
  repository: z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'must be owner/name'),
  /** The file's name, such as `deploy.yml`. */
  workflow: z.string().min(1),
  /** A program with its arguments, or a line for the shell. */
  command: z.union([z.string().min(1), z.array(z.string()).min(1)]),
  /** Where it runs; without it in a fresh checkout of the commit. A relative path starts at the file's own folder. */
  folder: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  timeout_minutes: z.number().positive().max(360).default(30),
  /** Files of the checkout that are kept as artifacts, by name. */
  artifacts: z.record(z.string(), z.string()).default({}),
})
export type Binding = z.infer<typeof Binding>

const File = z.strictObject({ bindings: z.array(Binding) })

/** The bindings of this machine: none unless a file was named. */
export class Bindings {
  readonly #bindings: readonly Binding[]

  constructor(path: string | undefined) {
    this.#bindings = path === undefined ? [] : readBindings(path)
  }

  /** The command for a run; none for what a fork brings, whose code nobody here has read. */
  for(repository: Repository, workflow: Workflow, { event, payload }: Pick<Run, 'event' | 'payload'>): Binding | null {
    if (event === 'pull_request' && isFromFork(repository, payload)) return null
    const file = workflow.path.split('/').at(-1)
    const name = repository.full_name.toLowerCase()
    return this.#bindings.find((each) => each.repository.toLowerCase() === name && each.workflow === file) ?? null
  }
}

const FromFork = z.object({ pull_request: z.object({ head: z.object({ repo: z.object({ id: z.number() }) }) }) })

/** A fork that is gone is a fork too. */
function isFromFork({ id }: Repository, payload: string): boolean {
  return FromFork.safeParse(JSON.parse(payload)).data?.pull_request.head.repo.id !== id
}

function readBindings(path: string): Binding[] {
  const result = File.safeParse(readJson(path))
  if (!result.success) {
    const [issue] = result.error.issues
    throw new Refusal(
      `The runner's file ${path} is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? ''}.`,
    )
  }
  const inFolder = (folder: string | undefined) => folder && resolve(dirname(path), folder)
  return result.data.bindings.map((binding) => ({ ...binding, folder: inFolder(binding.folder) }))
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is not JSON' : codeOf(error)
    throw new Refusal(`The runner's file ${path} cannot be read (${reason}): mend it, or unset GITHUB_RUNNER.`)
  }
}

/** A command as people read it. */
export function shownCommand({ command }: Binding): string {
  return typeof command === 'string'
    ? command
    : command.map((part) => (/[\s"'$]/.test(part) ? JSON.stringify(part) : part)).join(' ')
}
