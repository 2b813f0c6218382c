import { sampleLines } from '../../../tests/fixtures/terraform/samples.ts'
import { HumanOutput } from './human-output.ts'
import { leftUndone, plannedSteps, stepsOf } from './left-undone.ts'
import type { LeftUndone } from './left-undone.ts'
import type { ResourceChange } from './plan-change.ts'
import { jsonLine } from './terraform-stream.ts'
import type { StreamEvent } from './terraform-stream.ts'

/** What the messages of a sample tell, without what only `-json` output says. */
function readByPeople(name: string): StreamEvent[] {
  const output = new HumanOutput()
  const messages = sampleLines(name).map((line) => jsonLine(line)?.message ?? '')
  return messages.filter((message) => !message.includes(' errored after ')).flatMap((message) => output.line(message))
}

function left(events: readonly StreamEvent[], plan: readonly StreamEvent[] = events): LeftUndone {
  const planned = plan.flatMap((event) =>
    event.type === 'planned' ? [{ address: event.address, steps: stepsOf(event.action) }] : [],
  )
  return leftUndone(planned, events)
}

const [hooks, none] = [['github_repository_webhook.hook-two', 'github_repository_webhook.hook-one'], [] as string[]]

test.each([
  ['apply-json-create.jsonl', [none, none, none]],
  ['apply-json-destroy.jsonl', [none, none, none]],
  ['apply-json-update-replace.jsonl', [none, none, none]],
  ['apply-json-moved-import-forget-replace.jsonl', [none, none, none]],
  ['apply-json-partial-failure.jsonl', [hooks, none, none]],
  ['apply-json-progress-and-failure.jsonl', [['terraform_data.fails'], none, ['terraform_data.after']]],
  ['apply-json-tainted-retry-failed.jsonl', [['terraform_data.fails'], none, ['terraform_data.after']]],
  ['apply-json-interrupted.jsonl', [['terraform_data.slow2'], none, none]],
])('finds what %s left undone', (name, [failed, unfinished, never_started]) => {
  const events = sampleLines(name).flatMap((line) => jsonLine(line)?.events ?? [])
  const { failed: found, ...others } = left(events)
  expect({ failed: found.toSorted(), ...others }).toEqual({ failed: failed?.toSorted(), unfinished, never_started })
  const diagnostics = events.filter(({ type }) => type === 'diagnostic')
  expect(left([...readByPeople(name), ...diagnostics], events)).toEqual(left(events))
})

function at(address: string, action: 'create' | 'delete', status: 'in_progress' | 'success'): StreamEvent {
  return { type: 'resource', address, action, status }
}

test('finds what a killed apply had begun', () => {
  const planned = ['begun', 'replaced by half', 'replaced', 'untouched'].map((address) => ({
    address,
    steps: stepsOf(address.startsWith('replaced') ? 'replace' : 'create'),
  }))
  const events = [
    at('begun', 'create', 'in_progress'),
    at('replaced by half', 'create', 'success'),
    at('replaced', 'delete', 'success'),
    at('replaced', 'create', 'success'),
  ]
  expect(leftUndone(planned, events)).toEqual({
    failed: [],
    unfinished: ['begun', 'replaced by half'],
    never_started: ['untouched'],
  })
})

function change(...actions: string[]): ResourceChange {
  return {
    address: actions.join(' '),
    previous_address: null,
    type: null,
    provider_name: null,
    deposed: null,
    action_reason: null,
    change: { actions, before: null, after: null, after_unknown: null, replace_paths: [], importing: null },
  }
}

test('expects of a plan only what an apply tells of', () => {
  const changes = [change('create', 'delete'), change('create', 'forget'), change('forget'), change('no-op')]
  expect(plannedSteps(changes).map(({ steps }) => steps)).toEqual([['delete', 'create'], ['create'], [], []])
})
