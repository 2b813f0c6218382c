import { tokenIn } from '../accounts/tokens.ts'
import { referencesIn } from '../issues/references.ts'
import { namedNodeId, nodeId, readNodeId } from '../platform/ids.ts'
import { hunkAt } from '../pulls/anchors.ts'
import { commitBody, localTime, parseCommit, parsePerson, writePerson } from './commits.ts'
import { Locks } from './locks.ts'
import { Packets, Report, flush, frame } from './packets.ts'

function band(number: number, content: Buffer): Buffer {
  return frame(Buffer.concat([Buffer.from([number]), content]))
}

describe('packets', () => {
  test('are the same however the stream is cut', () => {
    const bytes = Buffer.concat([frame('one\n'), flush, frame(''), frame('zwei ü\n')])
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const packets = new Packets()
      const found = [...packets.push(bytes.subarray(0, cut)), ...packets.push(bytes.subarray(cut))]
      expect(found.map((each) => (each.kind === 'line' ? each.content.toString() : null))).toEqual([
        'one\n',
        null,
        '',
        'zwei ü\n',
      ])
    }
  })

  test('a report says which hook declined, and leaves the rest as it was', () => {
    const inner = Buffer.concat([
      frame('unpack ok\n'),
      frame('ok refs/heads/a\n'),
      frame('ng refs/heads/b hook declined\n'),
      flush,
    ])
    const answer = Buffer.concat([
      band(2, Buffer.from('working\n')),
      band(1, inner.subarray(0, 20)),
      band(1, inner.subarray(20)),
      flush,
    ])
    const report = new Report(() => new Map([['refs/heads/b', 'protected branch hook declined']]))
    const out = Buffer.concat([report.rewrite(answer.subarray(0, 30)), report.rewrite(answer.subarray(30))])
    const said = Buffer.concat([
      frame('unpack ok\n'),
      frame('ok refs/heads/a\n'),
      frame('ng refs/heads/b protected branch hook declined\n'),
      flush,
    ])
    expect(out).toEqual(Buffer.concat([band(2, Buffer.from('working\n')), band(1, said), flush]))
  })
})

describe('commits', () => {
  const person = { name: 'Ä Writer', email: 'w@x.test', at: 1_600_000_000_000, offset: '+0530' }

  test('are read as they were written', () => {
    const commit = {
      tree: 'a'.repeat(40),
      parents: ['b'.repeat(40)],
      author: person,
      committer: person,
      message: 'One\n\ntwo  ',
      signature: '-----BEGIN\n\nx\n-----END',
    }
    expect(parseCommit({ sha: 'c'.repeat(40), type: 'commit', body: Buffer.from(commitBody(commit)) })).toEqual({
      ...commit,
      sha: 'c'.repeat(40),
    })
  })

  test('people keep their time zone, and never break the line', () => {
    expect(parsePerson(writePerson(person))).toEqual(person)
    expect(localTime(person)).toBe('2020-09-13T17:56:40+05:30')
    expect(localTime({ ...person, offset: '+0000' })).toBe('2020-09-13T12:26:40Z')
    expect(writePerson({ ...person, name: 'a<b>\nc' })).toBe('abc <w@x.test> 1600000000 +0530')
  })
})

test.each([
  ['Fixes #1', [{ number: 1, closes: true }]],
  [
    'closed: #1 and resolves o/r#2',
    [
      { number: 1, closes: true },
      { number: 2, closes: true },
    ],
  ],
  ['see #3, FIX #3', [{ number: 3, closes: true }]],
  ['mentions #4', [{ number: 4, closes: false }]],
  ['closes other/repo#5', []],
  ['prefixes #6', [{ number: 6, closes: false }]],
  ['a#7 &#8; no#', []],
])('%s refers to %j', (text, expected) => {
  expect(referencesIn(text, 'o/r')).toEqual(expected)
})

test('global ids are read back', () => {
  expect(nodeId('User', 1)).toBe('U_kgDOAAAAAQ')
  expect(readNodeId(nodeId('PullRequest', 70_000))).toEqual({ kind: 'PullRequest', id: 70_000, name: null })
  expect(readNodeId(namedNodeId('Commit', 3, 'f'.repeat(40)))).toEqual({ kind: 'Commit', id: 3, name: 'f'.repeat(40) })
  for (const text of ['', 'U', 'X_kgDOAAAAAQ', 'U_', 'U_AAAA']) expect(readNodeId(text)).toBeNull()
})

test.each([
  ['Bearer abc', 'abc'],
  ['token abc', 'abc'],
  [`Basic ${btoa('me:abc')}`, 'abc'],
  [`Basic ${btoa('abc:')}`, 'abc'],
  [`Basic ${btoa('abc:x-oauth-basic')}`, 'abc'],
  ['Basic abc', null],
  ['Digest abc', null],
  ['', null],
])('%s holds the token %p', (header, token) => {
  expect(tokenIn(header)).toBe(token)
})

test('a hunk is quoted up to its line, on either side', () => {
  const patch = '@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three'
  expect(hunkAt(patch, 2, 'RIGHT')).toBe('@@ -1,3 +1,3 @@\n one\n-two\n+zwei')
  expect(hunkAt(patch, 2, 'LEFT')).toBe('@@ -1,3 +1,3 @@\n one\n-two')
  expect(hunkAt(patch, 3, 'RIGHT')).toBe(patch)
  expect(hunkAt(patch, 4, 'RIGHT')).toBeNull()
})

test('a lock lets one in at a time, in order', async () => {
  const locks = new Locks()
  const seen: string[] = []
  const work = async (name: string) => {
    const release = await locks.take(1)
    seen.push(`${name} in`)
    await Promise.resolve()
    seen.push(`${name} out`)
    release()
  }
  await Promise.all([work('a'), work('b'), locks.take(2)])
  expect(seen).toEqual(['a in', 'a out', 'b in', 'b out'])
})
