import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../worker/testing.ts'

const source = join(import.meta.dirname, '../..')

export type Ended = { readonly code: number | null; readonly output: string }
export type Running = { readonly pid: number; readonly shown: () => string; readonly ended: Promise<Ended> }

/** A copy of the repository in which its owner edits the settings and calls the commands. */
export class OwnersCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'throughline-owner-'))

  constructor() {
    for (const path of ['.github', 'scripts', 'stacks', 'worker', 'package.json', 'cdktf.json'])
      cpSync(join(source, path), join(this.folder, path), { recursive: true })
    symlinkSync(join(source, 'node_modules'), join(this.folder, 'node_modules'))
    for (const folder of ['home', 'temporary', 'providers']) mkdirSync(join(this.folder, folder))
    // The example has every type that the stand-in must serve.
    const synth = ['--disable-warning=DEP0044', join(this.folder, 'stacks/main.ts')]
    spawnSync(process.execPath, synth, { stdio: 'ignore', env: { PATH: process.env['PATH'] } })
    for (const stack of ['cloudflare', 'github']) {
      const document = join(this.folder, 'cdktf.out/stacks', stack, 'cdk.tf.json')
      cpSync(document, join(this.folder, 'providers', `${stack}.tf.json`))
    }
  }

  /** What a person's shell has, and nothing else. */
  get env(): Record<string, string> {
    const [HOME, TMPDIR] = [join(this.folder, 'home'), join(this.folder, 'temporary')]
    return { PATH: process.env['PATH'] ?? '', HOME, TMPDIR }
  }

  /** Saves `stacks/settings.ts`. */
  write(settings: object): void {
    const text = `import type { SettingsInput } from './schema/settings.ts'\n\nexport const settings: SettingsInput = `
    writeFileSync(join(this.folder, 'stacks/settings.ts'), text + JSON.stringify(settings, null, 2))
  }

  /** The words of a command, with the providers that stand in. */
  words(script: 'plan' | 'deploy', args: readonly string[]): string[] {
    const providers = join(source, 'localcloud/terraform/main.ts')
    const main = join(this.folder, 'scripts/stacks', `${script}.ts`)
    return [
      process.execPath,
      providers,
      `-chdir=${join(this.folder, 'providers')}`,
      '--',
      process.execPath,
      main,
      ...args,
    ]
  }

  start(command: readonly string[], env: Record<string, string> = {}): Running {
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    const ended = new Promise<Ended>((done, fail) => {
      child.on('error', fail).on('close', (code) => done({ code, output }))
    })
    return { pid: child.pid ?? 0, shown: () => output, ended }
  }

  /** The folders of plans that were not removed. */
  plansLeft(): string[] {
    return readdirSync(join(this.folder, 'temporary')).filter((name) => name.startsWith('throughline-plans-'))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Once a command has shown a text. */
export async function shows({ shown }: Running, text: string): Promise<void> {
  await eventually(
    async () => shown(),
    (all) => all.includes(text),
    60_000,
  )
}
