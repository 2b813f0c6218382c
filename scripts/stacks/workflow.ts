import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import { Refusal } from '../embedded/refusal.ts'
import { choose, synthesise } from './choice.ts'
import { command } from './command.ts'
import { noteDrift } from './drift/issue.ts'
import { comment } from './review/comment.ts'
import { findReviewed } from './review/reviewed.ts'
import { exchangeToken } from './review/token.ts'

const { env } = process
const Names = z.array(z.string())

/** What the steps of the workflows in `.github/workflows/` do, by name. */
const steps: Readonly<Record<string, (argument: string) => Promise<void>>> = {
  token: async () => exchangeToken(env),
  stacks: async () =>
    output(
      'stacks',
      choose(synthesise(env), []).map(({ name }) => name),
    ),
  reviewed: async () => output('stacks', await findReviewed(env)),
  comment: async (folder) => console.log(await comment(env, folder, Names.parse(JSON.parse(env['STACKS'] ?? '')))),
  drift: async (file) => console.log((await noteDrift(env, file)).join('\n')),
}

/** Gives a value to the jobs that follow. */
function output(name: string, value: unknown): void {
  const text = JSON.stringify(value)
  console.log(`${name}: ${text}`)
  if (env['GITHUB_OUTPUT']) appendFileSync(env['GITHUB_OUTPUT'], `${name}=${text}\n`)
}

await command(async () => {
  const [name = '', argument = ''] = process.argv.slice(2)
  const step = steps[name]
  if (!step) throw new Refusal(`There is no step "${name}"; there are ${Object.keys(steps).join(', ')}.`)
  await step(argument)
})
