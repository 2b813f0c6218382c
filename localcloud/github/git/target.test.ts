import { formRefusalOf, isPush, pathOf, queryOf, targetOf } from './target.ts'

/** What git would be told of an address; null when it is not asked. */
function toldOf(url: string): [string, string, boolean] | null {
  const target = targetOf(url)
  return target && [pathOf(target), queryOf(target), isPush(target)]
}

function refusalOf(url: string, method?: string): number | null | undefined {
  const target = targetOf(url)
  return target && formRefusalOf(target, method)?.[0]
}

test('a push is one however its address is written', () => {
  for (const url of ['/o/r.git/git-receive-pack', '/o/r/git-receive-pack?x=1', '/o/r.git/git-receive%2Dpack'])
    expect(toldOf(url)).toEqual(['git-receive-pack', '', true])
  for (const query of ['service=git-receive-pack', 'service=git-receive%2Dpack', 'a=b&%73ervice=git-receive-pack&c'])
    expect(toldOf(`/o/r.git/info/refs?${query}`)).toEqual(['info/refs', 'service=git-receive-pack', true])
})

test('what only mentions a push is none', () => {
  expect(toldOf('/o/r.git/git-upload-pack?git-receive-pack')).toEqual(['git-upload-pack', '', false])
  expect(toldOf('/git-receive-pack/r/info/refs?service=git-upload-pack')?.[2]).toBe(false)
  expect(targetOf('/o/git-receive-pack.git/git-upload-pack')).toMatchObject({ name: 'git-receive-pack' })
})

test.each([
  '//o/r.git/git-receive-pack',
  '/o//r.git/git-receive-pack',
  '/o/r.git//git-receive-pack',
  '/o/r.git/git-receive-pack/',
  '/o/r.git/./git-receive-pack',
  '/x/../o/r.git/git-receive-pack',
  '/o/r.git/git-upload-pack/../git-receive-pack',
  '/o/r.git/git-receive%252Dpack',
  '/o/r.git%2Fgit-receive-pack',
  '/o/r.git/info%2Frefs?service=git-receive-pack',
  '/o/r.git/git-receive-pack%00',
  '/o/r.git/git-receive-pack%0A',
  '/o/r.git/git-receive-pack#x',
  'http://127.0.0.1/o/r.git/git-receive-pack',
  '/o/r.git/git-receive-pack%',
])('%s is not git’s', (url) => {
  expect(targetOf(url)).toBeNull()
})

test('two services are none, and every call has its method', () => {
  expect(refusalOf('/o/r/info/refs?service=git-upload-pack&service=git-receive-pack')).toBe(403)
  expect(refusalOf('/o/r/info/refs?service=git-upload-archive')).toBe(403)
  expect(refusalOf('/o/r/info/refs')).toBe(403)
  expect(refusalOf('/o/r/info/refs?service=git-receive-pack', 'POST')).toBe(405)
  expect(refusalOf('/o/r/git-receive-pack', 'GET')).toBe(405)
  expect(refusalOf('/o/r/git-receive-pack', 'POST')).toBeUndefined()
})
