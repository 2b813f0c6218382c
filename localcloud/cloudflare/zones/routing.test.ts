import { patternOf } from './routing.ts'

test.each([
  ['example.com/*', { scheme: null, host: 'example.com', path: '/*' }],
  ['https://*.Example.com/a/*', { scheme: 'https', host: '*.example.com', path: '/a/*' }],
  ['example.com', { scheme: null, host: 'example.com', path: '/' }],
  ['*example.com/exact', { scheme: null, host: '*example.com', path: '/exact' }],
  ['example.com/a*b', null],
  ['exa*mple.com/*', null],
  ['', null],
])('%s', (text, pattern) => {
  expect(patternOf(text)).toEqual(pattern)
})
