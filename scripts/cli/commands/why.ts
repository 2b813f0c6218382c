import { connected, pathWith, printJson, textOf } from '../connection.ts'
import { command } from '../options.ts'
import { paint } from '../output.ts'
import { plainLines } from '../text.ts'

export const why = command({
  operands: ['address'],
  options: {
    state: { value: '<name>', summary: 'The state that holds it, when several hold one with this address.' },
    depth: { value: '<n>', summary: 'Steps from the resource, 1 to 10; 5 unless told otherwise.' },
    json: { summary: 'The resource, its deployment and the links as JSON.' },
  },
  more: `Quote an address with a key: throughline why 'random_pet.name["eu"]'`,
  run: (given) =>
    connected(async (server) => {
      const path = pathWith('/api/why', {
        resource: given.operand('address'),
        state: given.text('state'),
        depth: given.whole('depth', 1),
      })
      const asJson = given.has('json')
      const body = await textOf(server, path, { accept: asJson ? 'application/json' : 'text/plain' })
      if (asJson) printJson(body)
      else process.stdout.write(`${plainLines(body.trimEnd()).map(coloured).join('\n')}\n`)
      return 0
    }),
})

/** The evidence at the end of a line steps back behind what it proves. */
function coloured(line: string): string {
  const [, told = line, evidence = ''] = /^(.*?)( {3}\[.*\])$/.exec(line) ?? []
  return told + (evidence && paint(evidence, 'dim'))
}
