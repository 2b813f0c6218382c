import { StateDiff } from '../../../../worker/features/states/schema.ts'
import type { ObjectChange, ValueChange } from '../../../../worker/features/states/schema.ts'
import { paintedSign } from '../../actions.ts'
import { connected, pathWith, printJson, textOf, understood } from '../../connection.ts'
import { stamp } from '../../moments.ts'
import { command } from '../../options.ts'
import { paint } from '../../output.ts'
import { apiPath, stateName } from '../../states/backend.ts'
import { terminalWidth } from '../../table.ts'
import { cut, plain } from '../../text.ts'

export const diff = command({
  operands: ['name'],
  options: {
    from: { value: '<serial>', summary: 'The older version; the one before the newer unless told otherwise.' },
    to: { value: '<serial>', summary: 'The newer version; the newest unless told otherwise.' },
    json: { summary: "The API's JSON." },
  },
  run: (given) =>
    connected(async (server) => {
      const range = { from: given.whole('from', 0), to: given.whole('to', 0) }
      const body = await textOf(server, pathWith(`${apiPath(stateName(given.operand('name')))}/diff`, range))
      if (given.has('json')) printJson(body)
      else process.stdout.write(storyOf(understood(StateDiff, body)))
      return 0
    }),
})

function storyOf({ state, from, to, changes, outputs, truncated }: StateDiff): string {
  const versions = [from, to].map(({ serial, created_at: at }) => `serial ${serial} (${stamp(at)} UTC)`)
  const head = `${paint(plain(state), 'bold')}  ${versions.join(' → ')}\n`
  const unlisted = [from, to].filter(({ inventory }) => inventory !== 'complete')
  const notes = unlisted.map(({ serial, inventory, inventory_detail: why }) =>
    plain(`Of serial ${serial} the inventory is ${inventory}${why === null ? '' : `: ${why}`}`),
  )
  if (truncated) notes.push('More differs than is listed here.')
  if (changes.length + outputs.length === 0) notes.unshift('Nothing differs that counts.')
  const told = [...changes.map(objectIn), outputsIn(outputs), ...notes.map((note) => `${note}\n`)]
  return [head, ...told].filter((part) => part !== '').join('\n')
}

function objectIn({ address, action, attributes, truncated }: ObjectChange): string {
  const head = `${paintedSign(action)} ${plain(address)}  ${paint(action, 'dim')}\n`
  const more = truncated ? `      ${paint('and more of its attributes', 'dim')}\n` : ''
  return head + attributes.map((attribute) => valueIn(attribute, action)).join('') + more
}

function outputsIn(outputs: readonly ValueChange[]): string {
  return outputs.length === 0 ? '' : `Outputs\n${outputs.map((output) => valueIn(output, 'update')).join('')}`
}

/** What is made has no value before, what is deleted none after. */
function valueIn({ name, before, after, sensitive }: ValueChange, action: string): string {
  const [old, now] = [before, after].map((value) => JSON.stringify(value) ?? 'null')
  const values = { create: now, delete: old }[action] ?? `${old} → ${now}`
  const isHidden = sensitive && old === now
  const line = plain(`      ${name} = ${isHidden ? 'another secret' : values}`)
  const width = terminalWidth()
  return `${width === null ? line : cut(line, width)}\n`
}
