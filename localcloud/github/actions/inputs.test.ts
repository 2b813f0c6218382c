import { inputsFor } from './inputs.ts'
import { readWorkflow } from './workflow-file.ts'

const { inputs } = readWorkflow(`on:
  workflow_dispatch:
    inputs:
      stage:
        type: choice
        options: [test, 'live', 3]
        default: test
      dry: { type: boolean }
      count: { type: number }
      note:
      odd: { type: [], options: 7 }
`)

test('inputs of their kind are taken, as text', () => {
  const given = { stage: 'live', dry: true, count: 1.5, note: 'x', odd: 'y' }
  expect(inputsFor(inputs, given)).toEqual({ stage: 'live', dry: 'true', count: '1.5', note: 'x', odd: 'y' })
  expect(inputsFor(inputs, { stage: 3, dry: 'false', count: '-2' })).toEqual({ stage: '3', dry: 'false', count: '-2' })
  expect(inputsFor(inputs, {})).toEqual({ stage: 'test' })
})

test.each([
  [{ stage: 'nowhere' }, "Provided value 'nowhere' for input 'stage' not in the list of allowed values"],
  [{ stage: '' }, "Provided value '' for input 'stage' not in the list of allowed values"],
  [{ stage: 'Test' }, "Provided value 'Test' for input 'stage' not in the list of allowed values"],
  [{ dry: 'perhaps' }, "Provided value 'perhaps' for input 'dry' not in the list of allowed values"],
  [{ dry: 1 }, "Provided value '1' for input 'dry' not in the list of allowed values"],
  [{ count: 'many' }, "Invalid value for input 'count'"],
  [{ count: '' }, "Invalid value for input 'count'"],
  [{ note: { a: 1 } }, "Invalid value for input 'note'"],
  [{ note: ['a'] }, "Invalid value for input 'note'"],
  [{ note: null }, "Invalid value for input 'note'"],
  [{ toString: 'x' }, 'Unexpected inputs provided: ["toString"]'],
])('%j is refused', (given, message) => {
  expect(() => inputsFor(inputs, given)).toThrow(message)
})
