import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { declareStacks, synthesize } from './app.ts'
import { checkSettings, SettingsProblem } from './schema/settings.ts'
import type { SettingsInput } from './schema/settings.ts'
import { settings as example } from './settings.ts'

const Document = z.looseObject({
  resource: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  variable: z.record(z.string(), z.unknown()).default({}),
  output: z.record(z.string(), z.unknown()).default({}),
  import: z.array(z.unknown()).default([]),
  terraform: z.record(z.string(), z.unknown()),
})
export type Document = z.output<typeof Document>

const Manifest = z.object({ stacks: z.record(z.string(), z.object({ dependencies: z.array(z.string()) })) })

export type Synthesised = {
  readonly documents: Readonly<Record<string, Document>>
  readonly dependencies: Readonly<Record<string, readonly string[]>>
}

/** The example of `settings.ts`, changed. */
export function edited(edit: (settings: SettingsInput) => void): SettingsInput {
  const settings = structuredClone(example)
  edit(settings)
  return settings
}

/** The example, with its repository changed. */
export function withRepository(change: Partial<SettingsInput['github']['repositories'][number]>): SettingsInput {
  return edited(({ github }) => {
    github.repositories = github.repositories.map((each, at) => (at === 0 ? { ...each, ...change } : each))
  })
}

/** What `npm run synth` would say, without its first line. */
export function problems(settings: unknown): string[] {
  try {
    checkSettings(settings)
  } catch (error) {
    if (!(error instanceof SettingsProblem)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
  return []
}

/** What Terraform would read. */
export function synthesised(settings: SettingsInput = example): Synthesised {
  const outdir = mkdtempSync(join(tmpdir(), 'throughline-synth-'))
  try {
    synthesize(declareStacks(checkSettings(settings), outdir))
    const { stacks } = Manifest.parse(JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')))
    const read = (name: string) =>
      Document.parse(JSON.parse(readFileSync(join(outdir, 'stacks', name, 'cdk.tf.json'), 'utf8')))
    return {
      documents: Object.fromEntries(Object.keys(stacks).map((name) => [name, read(name)])),
      dependencies: Object.fromEntries(Object.entries(stacks).map(([name, each]) => [name, each.dependencies])),
    }
  } finally {
    rmSync(outdir, { recursive: true })
  }
}

/** The resources of a type in a stack, without cdktf's own notes. */
export function resources(document: Document | undefined, type: string): Record<string, unknown>[] {
  return Object.values(document?.resource[type] ?? {}).map((each) =>
    Object.fromEntries(Object.entries(each).filter(([name]) => name !== '//')),
  )
}
