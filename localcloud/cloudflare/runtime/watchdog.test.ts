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

describe('a script that never yields after it has answered', () => {
  const { account } = startAccount()
  const late = `export default { fetch(request, env, ctx) {
    ctx.waitUntil((async () => { await scheduler.wait(700); for (;;) {} })())
    return new Response('answered')
  } }`
  const ask = async (name: string) =>
    visit(account(), name).then(
      ({ status }) => status,
      () => 0,
    )
  /** How long another script does not answer after the late one was asked. */
  const silence = async () => {
    expect(await ask('late')).toBe(200)
    await new Promise((done) => setTimeout(done, 1200))
    const begun = Date.now()
    expect(
      await eventually(
        () => ask('other'),
        (status) => status === 200,
        30,
      ),
    ).toBe(200)
    return Date.now() - begun
  }

  test('stops the others for less than ten seconds, and is kept out when it does so again', async () => {
    await deploy(account(), 'late', late)
    await deploy(account(), 'other', says)
    expect(await silence()).toBeLessThan(10_000)
    expect(told()).toMatch(/One of these never yielded: other, late\.|goes on without: late\./)
    expect(await silence()).toBeLessThan(10_000)
    expect(told()).toMatch(/goes on without: late\./)
  }, 60_000)
})

const work = (script: string | null, since: number) => ({ script, since, inside: false })

const of = (works: ReturnType<typeof work>[], busy: string[] = []) =>
  suspectsIn({ works: () => works, selfMoving: () => ['object'] }, 100, busy)

describe('the suspect', () => {
  test('is whoever began first after the last sign of life', () => {
    const works = [work('waits behind', 130), work('spins', 110), work(null, 105)]
    expect(of(works)).toEqual({ scripts: ['spins'], first: 'spins', isSure: false, isOurs: true })
    expect(of(works.slice(0, 2))).toEqual({ scripts: ['spins'], first: 'spins', isSure: true, isOurs: false })
  })

  test('may also be who was at work before, answered or not', () => {
    const scripts = ['first', 'a', 'b', 'late']
    const works = [work('first', 110), work('a', 20), work('b', 30), work('a', 40), work('behind', 120)]
    expect(of(works, ['late', 'a'])).toEqual({ scripts, first: 'first', isSure: false, isOurs: false })
    expect(of([], ['late'])).toEqual({ scripts: ['late'], first: null, isSure: true, isOurs: false })
  })

  test('is else what moves by itself', () => {
    expect(of([])).toEqual({ scripts: ['object'], first: null, isSure: true, isOurs: false })
    expect(of([work(null, 150)])).toEqual({ scripts: [], first: null, isSure: false, isOurs: true })
  })
})
