import { Refused } from './envelope.ts'
import { FormExaminer } from './examination.ts'
import { shown } from './resource.ts'

const metadata = '{"bindings":[{"type":"d1","name":"X","id":"other"}]}'

const part = (name: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`
/** What a form names, given byte by byte or at once. */
function named(form: string, size: number): string[] {
  const found: string[] = []
  const examiner = new FormExaminer('b', (references) => found.push(...references.map(shown)))
  const bytes = Buffer.from(form)
  for (let from = 0; from < bytes.length; from += size) examiner.write(bytes.subarray(from, from + size))
  examiner.end()
  return found
}

test.each([1, 2, 7, 100_000])('a form is read in pieces of %d, with its metadata anywhere', (size) => {
  const code = part('index.js', `x\r\n-\r\n--\r\n--c\r\n${'y'.repeat(500)}`)
  expect(named(`${part('metadata', metadata)}${code}--b--\r\n`, size)).toEqual(['d1:other'])
  expect(named(`${code}${part('metadata', metadata)}--b--`, size)).toEqual(['d1:other'])
  expect(named(`${part('metadata', '{}')}${part('Metadata', metadata)}--b--\r\n`, size)).toEqual(['d1:other'])
  expect(named(`${part('settings', metadata)}${part('empty', '')}--b--\r\n`, size)).toEqual(['d1:other'])
})

test('a form inside a part of a form, as Pages has it, is read too', () => {
  const inner = part('metadata', metadata).replace('--b', '--inner')
  expect(named(`${part('_worker.bundle', `${inner}--inner--\r\n`)}--b--\r\n`, 5)).toEqual(['d1:other'])
})

const head = 'Content-Disposition: form-data; name="metadata"'
test.each([
  ['a preamble', `hello\r\n${part('metadata', '{}')}--b--`],
  ['other line ends', `--b\n${head}\n\n{}\n--b--\n`],
  ['a boundary inside', `${part('a.js', `x\n--b\n${head}\n\n${metadata}`)}--b--`],
  ['an epilogue', `${part('a', '')}--b--\r\n${part('metadata', metadata)}`],
  ['a missing end', part('metadata', '{}')],
  ['an encoding', `--b\r\n${head}\r\nContent-Transfer-Encoding: base64\r\n\r\ne30=\r\n--b--`],
  ['two heads', `--b\r\n${head}\r\n${head}\r\n\r\n{}\r\n--b--`],
  ['an extended name', `--b\r\nContent-Disposition: form-data; name*=utf-8''metadata\r\n\r\n{}\r\n--b--`],
  ['a bare name', `--b\r\nContent-Disposition: form-data; name=metadata\r\n\r\n{}\r\n--b--`],
  ['a folded head', `--b\r\nContent-Disposition: form-data;\r\n name="metadata"\r\n\r\n{}\r\n--b--`],
  ['metadata that is no JSON', `${part('metadata', '{bindings:[]}')}--b--`],
  ['no form at all', 'export default {}'],
])('a form with %s is refused', (_, form) => {
  for (const size of [1, 100_000]) expect(() => named(form, size)).toThrow(Refused)
})
