import { assert, property, string } from 'fast-check'
import { HumanOutput, milliseconds } from './human-output.ts'
import type { StreamEvent } from './terraform-stream.ts'

function read(...lines: string[]): StreamEvent[] {
  const output = new HumanOutput()
  return [...lines.flatMap((line) => output.line(line)), ...output.end()]
}

const resource = (address: string, action: string, status: string, elapsed_ms?: number) => ({
  type: 'resource',
  address,
  action,
  status,
  ...(elapsed_ms === undefined ? {} : { elapsed_ms }),
})

test.each([
  ['aws_instance.a: Creating...', resource('aws_instance.a', 'create', 'in_progress')],
  ['aws_instance.a: Destroying... [id=i-1]', resource('aws_instance.a', 'delete', 'in_progress')],
  ['aws_instance.a: Still creating... [10s elapsed]', resource('aws_instance.a', 'create', 'in_progress', 10_000)],
  // Since Terraform 1.12.
  ['a_b.c: Still modifying... [id=x, 1s elapsed], 01m10s elapsed]', resource('a_b.c', 'update', 'in_progress', 70_000)],
  ['a_b.c: Still destroying... [id=i-1, 1m0s elapsed]', resource('a_b.c', 'delete', 'in_progress', 60_000)],
  ['a_b.c: Creation complete after 1h2m3s [id=x]', resource('a_b.c', 'create', 'success', 3_723_000)],
  ['a_b.c: Modifications complete after 0s [id=with ] and [', resource('a_b.c', 'update', 'success', 0)],
  ['a_b.c: Destruction complete after 1m3s', resource('a_b.c', 'delete', 'success', 63_000)],
  ['a_b.c: Creation errored after 4s', resource('a_b.c', 'create', 'failed', 4000)],
  ['data.a_b.c: Reading...', resource('data.a_b.c', 'read', 'in_progress')],
  [
    'module.m["x"].data.a_b.c[0]: Read complete after 2s',
    resource('module.m["x"].data.a_b.c[0]', 'read', 'success', 2000),
  ],
  ['a_b.c: Importing... [id=ext-1]', resource('a_b.c', 'import', 'in_progress')],
  ['a_b.c: Import complete [id=ext-1]', resource('a_b.c', 'import', 'success')],
  ['a_b.c (deposed object 1da1a10a): Destroying... [id=x]', resource('a_b.c', 'delete', 'in_progress')],
  ['a_b.hyphen-ated: Creating...', resource('a_b.hyphen-ated', 'create', 'in_progress')],
  ['a_b.größe: Creating...', resource('a_b.größe', 'create', 'in_progress')],
  ['\u001B[0m\u001B[1ma_b.c: Creating...\u001B[0m\u001B[0m\r', resource('a_b.c', 'create', 'in_progress')],
])('reads %s', (line, event) => {
  expect(read(line)).toEqual([event])
})

test.each([
  'a_b.c: Refreshing state... [id=x]',
  "a_b.c: Provisioning with 'local-exec'...",
  'a_b.c (local-exec): a_b.d: Creating...',
  'a_b.c (local-exec): Error: no',
  'ephemeral.a_b.c: Opening...',
  'a_b.c: Preparing import... [id=x]',
  '  # a_b.c: Creating...',
  'Creating...',
  'Note: Creating...',
  'a_b.c["open: Creating...',
])('reads nothing in %s', (line) => {
  expect(read(line)).toEqual([])
})

/** As the configuration language writes a text. */
function quoted(text: string): string {
  const json = JSON.stringify(text).replaceAll(/\\u[0-9a-f]{4}|\\[bf]/g, '?')
  return json.replaceAll(/[$%](?=\{)/g, '$&$&')
}

test('reads an address with any key', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 20 }), (key) => {
      const address = `module.m[${quoted(key)}].a_b.c[${quoted(`${key}: Creating...`)}]`
      expect(read(`${address}: Creation complete after 3s [id=${address}: Creating...]`)).toEqual([
        resource(address, 'create', 'success', 3000),
      ])
    }),
  )
})

const summary = (operation: string, add: number, change: number, remove: number, imports: number) => ({
  type: 'summary',
  operation,
  summary: { add, change, remove, import: imports },
})

test.each([
  ['Plan: 1 to import, 2 to add, 3 to change, 4 to destroy.', summary('plan', 2, 3, 4, 1)],
  ['Plan: 2 to add, 3 to change, 4 to destroy, 5 to forget.', summary('plan', 2, 3, 4, 0)],
  ['Plan: 12 to add, 0 to change, 0 to destroy. Actions: 7 to invoke.', summary('plan', 12, 0, 0, 0)],
  ['No changes. Your infrastructure matches the configuration.', summary('plan', 0, 0, 0, 0)],
  ['No changes. No objects need to be destroyed.', summary('plan', 0, 0, 0, 0)],
  ['Apply complete! Resources: 1 imported, 2 added, 3 changed, 4 destroyed.', summary('apply', 2, 3, 4, 1)],
  ['Apply complete! Resources: 2 added, 3 changed, 4 destroyed, 5 forgotten.', summary('apply', 2, 3, 4, 0)],
  ['Destroy complete! Resources: 2 destroyed.', summary('destroy', 0, 0, 2, 0)],
])('counts in %s', (line, event) => {
  expect(read(line)).toEqual([event])
})

const diagnostic = (severity: string, text: string, detail: string, address?: string) => ({
  type: 'diagnostic',
  severity,
  summary: text,
  detail,
  ...(address === undefined ? {} : { address }),
})

test('reads diagnostics in a frame, one behind the other, with what is printed between', () => {
  const lines = [
    '╷',
    '│ Error: Invalid value',
    '│ ',
    '│   with a_b.c["x, y"],',
    '│   on main.tf line 3, in resource "a_b" "c":',
    '│    3:   input = var.secret',
    '│     ├────────────────',
    '│     │ var.secret is "hunter2"',
    '│ ',
    '│ First paragraph.',
    '│ ',
    '│   Second, indented.',
    '╵',
    'a_b.d: Destroying...',
    '╷',
    '│ Warning: Deprecated',
    '│',
    '╵',
  ]
  expect(read(...lines)).toEqual([
    diagnostic('error', 'Invalid value', 'First paragraph.\n\n  Second, indented.', 'a_b.c["x, y"]'),
    resource('a_b.d', 'delete', 'in_progress'),
    diagnostic('warning', 'Deprecated', ''),
  ])
})

test('reads a diagnostic without colours until something else is printed', () => {
  const lines = [
    'Error: first',
    'over two lines',
    '',
    '  with a_b.c,',
    'Detail without a place.',
    '',
    'Error: a paragraph',
    'that looks like another.',
    '',
    'Warning: second',
    '',
    'Its detail.',
    '',
    'Apply complete! Resources: 0 added, 0 changed, 0 destroyed.',
    'Error: behind no empty line',
  ]
  expect(read('', ...lines)).toEqual([
    diagnostic(
      'error',
      'first\nover two lines',
      'Detail without a place.\n\nError: a paragraph\nthat looks like another.',
      'a_b.c',
    ),
    diagnostic('warning', 'second', 'Its detail.'),
    summary('apply', 0, 0, 0, 0),
  ])
})

test('reads the list that -compact-warnings prints', () => {
  const lines = ['', 'Warnings:', '', '- Deprecated', '  on main.tf line 27', '- Odd', '', 'To see the full', '- no']
  expect(read(...lines)).toEqual([diagnostic('warning', 'Deprecated', ''), diagnostic('warning', 'Odd', '')])
})

test('keeps what there is of a diagnostic that never ends, and not more than is useful', () => {
  const endless = Array.from({ length: 1000 }, () => `│ ${'x'.repeat(1000)}`)
  const [event] = read('╷', '│ Error: crash', '│ ', ...endless)
  expect(event).toMatchObject({ summary: 'crash' })
  expect(JSON.stringify(event).length).toBeLessThan(70_000)
})

test('is not misled by the text of an output', () => {
  const output = ['', 'Error: no', '', 'a_b.c: Creating...', 'Plan: 1 to add, 0 to change, 0 to destroy.']
  expect(read('Outputs:', '', 'text = <<EOT', ...output, 'EOT', 'Apply complete! Resources: 1 added.')).toEqual([
    summary('apply', 1, 0, 0, 0),
  ])
})

function kinds(...lines: string[]): unknown[] {
  return read(...lines).map((event) => event.type === 'note' && event.kind)
}

test('notes who was asked, what was answered, and what was interrupted', () => {
  const question = 'Do you want to perform these actions in workspace "prod"?'
  expect(kinds(question, "  Only 'yes' will be accepted to approve.", '  Enter a value: yes')).toEqual([
    'approval_asked',
    'approved',
  ])
  expect(kinds('Do you really want to destroy all resources?', '  Enter a value: no', 'Destroy cancelled.')).toEqual([
    'approval_asked',
    'declined',
  ])
  expect(kinds('var.name', '  Enter a value: yes')).toEqual([])
  expect(kinds('Interrupt received.', 'Two interrupts received. Exiting immediately.')).toEqual([
    'interrupted',
    'interrupted',
  ])
})

test('tells of an import from the command line to its end', () => {
  const lines = [
    'a_b.c: Importing from ID "x y"...',
    'a_b.c: Import prepared!',
    'a_b.c: Refreshing state... [id=x]',
    '',
  ]
  expect(read(...lines, 'Import successful!')).toEqual([
    resource('a_b.c', 'import', 'in_progress'),
    resource('a_b.c', 'import', 'success'),
  ])
})

test.each([
  ['0s', 0],
  ['1m3s', 63_000],
  ['1h2m3s', 3_723_000],
  ['00m10s', 10_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['', null],
  ['3', null],
  ['s', null],
])('reads the duration %j', (text, expected) => {
  expect(milliseconds(text)).toBe(expected)
})

test('reads a line of ten megabytes without stumbling', () => {
  const start = performance.now()
  for (const long of [
    'x'.repeat(1e7),
    'a.'.repeat(5e6),
    `a.b["${'\\"'.repeat(5e6)}`,
    '\u001B['.repeat(5e6),
    ' '.repeat(1e7),
  ]) {
    expect(read(long)).toEqual([])
  }
  expect(performance.now() - start).toBeLessThan(5000)
})
