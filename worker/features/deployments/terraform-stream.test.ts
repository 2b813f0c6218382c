import { sample, sampleLines, samples } from '../../../tests/fixtures/terraform/samples.ts'
import { HumanOutput } from './human-output.ts'
import { jsonLine } from './terraform-stream.ts'
import type { StreamEvent } from './terraform-stream.ts'

/** An event in a line, so that a reader can compare it with the output that told it. */
function shown(event: StreamEvent): string {
  if (event.type === 'diagnostic') {
    return [event.severity, event.address ?? '-', event.summary, event.detail].join(' | ')
  }
  if (event.type === 'summary') {
    const { add, change, remove, import: imports } = event.summary
    return `${event.operation}: add ${add}, change ${change}, remove ${remove}, import ${imports}`
  }
  const { type, ...rest } = event
  const told = [...(type === 'resource' ? [] : [type]), ...Object.values(rest)]
  return told.join(' ') + ('elapsed_ms' in event ? ' ms' : '')
}

function readJson(name: string): readonly StreamEvent[] {
  return sampleLines(name).flatMap((line) => jsonLine(line)?.events ?? fail(`not read: ${line}`))
}

function fail(message: string): never {
  throw new Error(message)
}

function readHuman(lines: readonly string[]): StreamEvent[] {
  const output = new HumanOutput()
  return [...lines.flatMap((line) => output.line(line)), ...output.end()]
}

const golden = JSON.parse(sample('events.json')) as Record<string, string[]>

test('the golden events are those of every sample', () => {
  expect(Object.keys(golden)).toEqual([...samples('.jsonl'), ...samples('.txt')].toSorted())
})

test.each(samples('.jsonl'))('tells what %s tells', (name) => {
  expect(readJson(name).map(shown)).toEqual(golden[name])
})

test.each(samples('.txt'))('tells what people read in %s', (name) => {
  expect(readHuman(sampleLines(name)).map(shown)).toEqual(golden[name])
})

function comparable({ type }: StreamEvent): boolean {
  return type === 'resource' || type === 'summary'
}

test.each(samples('.jsonl'))('reads the messages of %s as it reads what they are made of', (name) => {
  const messages = sampleLines(name).map((line) => jsonLine(line)?.message ?? '')
  expect(readHuman(messages).filter(comparable)).toEqual(readJson(name).filter(comparable))
})

test.each([
  ['text', 'Terraform v1.11.4'],
  ['nothing', ''],
  ['JSON of somebody else', '{"type":"diagnostic","message":"no"}'],
  ["a provider's log", '{"@level":"debug","@message":"call","@module":"provider.aws"}'],
  ['a line that was cut off', '{"@level":"info","@message":"Terraform 1.11.4","@module":"terraform.ui","ty'],
  ['another value', '["@message"]'],
])('takes %s for no line of its own', (_, line) => {
  expect(jsonLine(line)).toBeNull()
})

const ui = (more: object) => JSON.stringify({ '@level': 'info', '@message': 'm', '@module': 'tofu.ui', ...more })

test('reads what OpenTofu writes', () => {
  const resource = { addr: 'null_resource.a', module: '' }
  expect(jsonLine(ui({ type: 'version', tofu: '1.9.0', ui: '1.2' }))?.events).toEqual([
    { type: 'version', tool: 'opentofu', version: '1.9.0' },
  ])
  expect(jsonLine(ui({ type: 'planned_change', change: { resource, action: 'remove' } }))?.events).toEqual([
    { type: 'planned', address: 'null_resource.a', action: 'forget' },
  ])
  expect(jsonLine(ui({ type: 'change_summary', changes: { add: 1, forget: 2, operation: 'apply' } }))?.events).toEqual([
    { type: 'summary', operation: 'apply', summary: { add: 1, change: 0, remove: 0, import: 0 } },
  ])
})

test('keeps the message of a line that it knows nothing of', () => {
  expect(jsonLine(ui({}))).toEqual({ message: 'm', events: [] })
  expect(jsonLine(ui({ type: 'constructor' }))).toEqual({ message: 'm', events: [] })
  const odd = ['apply_start', 'planned_change', 'change_summary', 'diagnostic', 'version', 'outputs', 'refresh_start']
  for (const type of odd) {
    for (const content of [null, 1, 'text', [], {}, { resource: [], action: {}, operation: 'x' }]) {
      const line = ui({
        type,
        hook: content,
        change: content,
        changes: content,
        diagnostic: content,
        terraform: content,
      })
      expect(jsonLine(line)?.events.filter(({ type: told }) => told !== 'version')).toEqual([])
    }
  }
})

test('leaves out of the message what a line holds besides, as the state that an emergency dumps', () => {
  const line = ui({ type: 'log', '@message': 'Emergency state dump', state: { password: 'hunter2' } })
  expect(jsonLine(line)).toEqual({ message: 'Emergency state dump', events: [] })
})
