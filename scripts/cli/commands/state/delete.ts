import { createInterface } from 'node:readline/promises'
import { Refusal } from '../../../embedded/refusal.ts'
import { Misuse } from '../../command.ts'
import { connected, pathWith } from '../../connection.ts'
import { command } from '../../options.ts'
import { apiPath, stateName } from '../../states/backend.ts'

export const deleteState = command({
  operands: ['name'],
  options: { confirm: { value: '<name>', summary: 'The name once more, for scripts: nobody is asked.' } },
  more: 'Resources are not touched, but nothing knows them any more: `throughline state pull` keeps a copy.',
  run: (given) =>
    connected(async (server) => {
      const name = stateName(given.operand('name'))
      const confirm = given.text('confirm') ?? (await askFor(name))
      if (confirm !== name) throw new Refusal(`That is not ${name}: nothing was deleted.`)
      await server.json(pathWith(apiPath(name), { confirm }), { method: 'DELETE' })
      process.stdout.write(`${name} is deleted.\n`)
      return 0
    }),
})

async function askFor(name: string): Promise<string> {
  if (!process.stdin.isTTY) throw new Misuse(`Nobody can be asked here: confirm with --confirm ${name}.`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  terminal.on('SIGINT', () => process.exit(130))
  const answer = await terminal.question(`All versions of ${name} are going to be deleted. Type its name: `)
  terminal.close()
  return answer.trim()
}
