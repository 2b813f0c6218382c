import { deploy, eventually, startAccount, visit } from '../testing.ts'
import { suspectsIn } from './watchdog.ts'

const spins = `export default { fetch(request) {
  if (request.url.endsWith('/spin')) for (;;) {}
  return new Response('patient')
} }`
const says = `export default { fetch: () => new Response('fine') }`

/** Keeps what is told about faults out of the test's output, and gives it back. */
function hush(): () => string {
  const { error } = console
  let text = ''
  console.error = (...parts: unknown[]) => (text += `${parts.join(' ')}\n`)
  afterAll(() => {
    console.error = error
  })
  return () => text
}

const told = hush()

describe('a script that never yields', () => {
  const { account } = startAccount()

  test('stops the others for less than ten seconds, is named, and comes back when it is deployed again', async () => {
    await deploy(account(), 'spinner', spins)
    await deploy(account(), 'other', says)
    await deploy(account(), 'third', says)
    expect(await (await visit(account(), 'spinner')).text()).toBe('patient')
    const spinning = visit(account(), 'spinner', '/spin').then(({ status }) => status)
    await new Promise((done) => setTimeout(done, 50))
    const begun = Date.now()
    const late = await eventually(
      () =>
        visit(account(), 'other').then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 200,
      20,
    )
    expect(late).toBe(200)
    expect(Date.now() - begun).toBeLessThan(10_000)
    expect([500, 502, 503]).toContain(await spinning)
    expect(told()).toMatch(/goes on without: spinner\./)
    expect(await (await visit(account(), 'third')).text()).toBe('fine')
    expect(await (await visit(account(), 'spinner')).text()).toBe('error code: 1102')
    await deploy(account(), 'spinner', says)
    expect(await (await visit(account(), 'spinner')).text()).toBe('fine')
  })
})

const work = (script: string | null, since: number) => ({ script, since, inside: false })

const of = (works: ReturnType<typeof work>[]) => suspectsIn({ works: () => works, selfMoving: () => ['object'] }, 100)

describe('the suspect', () => {
  test('is whoever began first after the last sign of life', () => {
    expect(of([work('waits behind', 130), work('spins', 110), work('waits long', 20), work(null, 105)])).toEqual([
      'spins',
    ])
  })

  test('is else everybody who has been at work since before', () => {
    expect(of([work('a', 20), work('b', 30), work('a', 40)])).toEqual(['a', 'b'])
  })

  test('is else what moves by itself', () => {
    expect(of([work(null, 150)])).toEqual(['object'])
  })
})
