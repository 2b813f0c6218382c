import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { childrenCpu, run } from './processes.ts'

/** How many resources there are, and how many of them each apply changes. */
export type Job = { readonly resources: number; readonly changing: number }

export type Backend = 'local' | 'http' | 'pg'

/** The command line as people who installed it have it. */
export const recorder = join(import.meta.dirname, '../throughline')

const always = ['-no-color', '-input=false']

/** A file of Terraform's that takes the variable `revision`, and what else `plan` is told. */
export type Configuration = { readonly file: string; readonly text: string; readonly planned: readonly string[] }

/** Inputs of 640 characters make a state of about 1,700 bytes per resource, as real providers do. */
const filling = 'A resource holds its name, its place, its owner, its limits and its history. '.repeat(9).slice(0, 640)

/** Resources of Terraform's own, which need no provider. */
export function configuration(backend: Backend, { resources, changing }: Job): Configuration {
  const text = `terraform {
  backend "${backend}" {}
}
variable "revision" {
  type = string
}
resource "terraform_data" "item" {
  count = ${resources}
  input = "\${count.index < ${changing} ? var.revision : 0} \${count.index} ${filling}"
}
`
  return { file: 'main.tf', text, planned: ['-refresh=false'] }
}

/** A folder with a configuration. */
export class TerraformFolder {
  readonly #path: string
  readonly #env: NodeJS.ProcessEnv
  readonly #planned: readonly string[]
  /** CPU time of each apply, in milliseconds. */
  readonly cpu: number[] = []

  private constructor(path: string, settings: Record<string, string>, planned: readonly string[]) {
    const quiet = { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: '/dev/null' }
    this.#path = path
    this.#planned = planned
    this.#env = { ...process.env, ...quiet, ...settings }
  }

  /** @param settings the environment variables of the backend and of the providers */
  static async prepare(
    path: string,
    { file, text, planned }: Configuration,
    settings: Record<string, string>,
  ): Promise<TerraformFolder> {
    await mkdir(path, { recursive: true })
    await writeFile(join(path, file), text)
    const folder = new TerraformFolder(path, settings, planned)
    await folder.#terraform('init', '-input=false')
    return folder
  }

  /** An apply that changes what follows the revision, or the first time creates all. */
  async apply(revision: number): Promise<void> {
    await this.#timed(() => this.#terraform('apply', '-auto-approve', ...this.#planning(revision)))
  }

  /** The same in the steps that tell what was planned. */
  async applyInSteps(revision: number): Promise<void> {
    await this.#timed(async () => {
      await this.#terraform('plan', '-out=steps.tfplan', ...this.#planning(revision))
      await this.#terraform('show', '-json', 'steps.tfplan')
      await this.#terraform('apply', ...always, 'steps.tfplan')
    })
  }

  /** The same through the recorder. */
  async applyRecorded(revision: number): Promise<void> {
    await this.#timed(() => this.#run(recorder, ['terraform', 'apply', '-auto-approve', ...this.#planning(revision)]))
  }

  #planning(revision: number): readonly string[] {
    return [...always, ...this.#planned, `-var=revision=${revision}`]
  }

  async #timed(work: () => Promise<unknown>): Promise<void> {
    const before = await childrenCpu()
    await work()
    this.cpu.push((await childrenCpu()) - before)
  }

  /** Begins with the state of another folder, so that ids agree. */
  async adopt(other: TerraformFolder): Promise<void> {
    await this.#terraform('state', 'push', await other.#pull())
  }

  /** What the state holds, without what counts writes. */
  async content(): Promise<string> {
    const pulled = await readFile(await this.#pull(), 'utf8')
    const { serial: _, lineage: __, ...content } = Content.parse(JSON.parse(pulled))
    return JSON.stringify(content)
  }

  /** Saves the state to a file. */
  async #pull(): Promise<string> {
    const pulled = join(this.#path, 'pulled.json')
    await writeFile(pulled, await this.#terraform('state', 'pull'))
    return pulled
  }

  async #terraform(...args: string[]): Promise<string> {
    return this.#run('terraform', args)
  }

  async #run(program: string, args: readonly string[]): Promise<string> {
    const { code, stdout, output } = await run(program, args, { cwd: this.#path, env: this.#env })
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${output.slice(-1000)}`)
    return stdout
  }
}

const Content = z.looseObject({ serial: z.int(), lineage: z.string(), resources: z.array(z.unknown()).min(1) })
