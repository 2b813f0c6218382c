import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../../worker/testing.ts'
import { count, leftIn, namesIn, numbers, recordReader, talkative } from './logged.ts'
import { Network } from './network.ts'
import type { Wish } from './network.ts'
import { Place, shows, startWorld, throughline } from './world.ts'
import type { Running } from './world.ts'

const world = startWorld()
const read = recordReader(world)

/** A moment of a delivery: a request of the recorder, before or after the server has done what it wants. */
type Moment = { readonly wish: Wish; readonly nth: number; readonly when: 'before' | 'after' }

const moments: Moment[] = [
  { wish: 'create', nth: 1 } as const,
  { wish: 'events', nth: 1 } as const,
  { wish: 'events', nth: 2 } as const,
  { wish: 'plan', nth: 1 } as const,
  { wish: 'finish', nth: 1 } as const,
].flatMap((at) => (['before', 'after'] as const).map((when) => ({ ...at, when })))

/** A network that kills at a moment: what was meant to arrive after it does not. */
async function deadly({ wish, nth, when }: Moment) {
  const network = new Network(world.url())
  const killed = { is: false }
  let victim: Running | null = null
  const kill = (seen: Wish, seenNth: number): boolean => {
    if (victim === null || killed.is || seen !== wish || seenNth !== nth) return false
    killed.is = true
    victim.kill('SIGKILL')
    return true
  }
  network.decide = (seen, seenNth) => (when === 'before' && kill(seen, seenNth) ? 'swallowed' : 'passes')
  network.answered = (seen, seenNth) => void (when === 'after' && kill(seen, seenNth))
  const aim = (running: Running) => {
    victim = running
  }
  return { network, url: await network.listen(), aim, killed }
}

test('a delivery that is killed at each of its requests delivers everything once in the end', async () => {
  const place = await world.place(talkative, 'template')
  const away = new Network(world.url())
  away.decide = (wish) => (wish === 'state' ? 'passes' : { status: 503 })
  const run = await place.record(['apply', '-auto-approve'], { THROUGHLINE_URL: await away.listen() })
  expect(run).toMatchObject({ code: 0, err: expect.stringContaining('`throughline deliver` sends it later.') })
  const [template = ''] = leftIn(place).runs
  for (const moment of moments) {
    const { network, url, aim, killed } = await deadly(moment)
    const actor = `${moment.wish}-${moment.nth}-${moment.when}`
    const copy = new Place(place.folder, { ...place.env, THROUGHLINE_URL: url }, actor)
    await cloneRun(join(place.spool, template), copy.spool, url, actor)
    const delivery = copy.start([throughline, 'deliver'])
    aim(delivery)
    expect([await delivery.ended, killed]).toMatchObject([{ signal: 'SIGKILL' }, { is: true }])
    expect(await copy.throughline('deliver')).toMatchObject({ code: 0 })
    const { runs, status, logged, said } = await read({ actor })
    expect([runs, status]).toEqual([1, 'success'])
    expect(logged.map(({ line }) => line)).toEqual(numbers(logged.length))
    expect(said).toEqual(numbers(count))
    expect(leftIn(copy).runs).toEqual([])
    await network.stop()
  }
  await away.stop()
}, 120_000)

/** Another run with the same record. */
async function cloneRun(from: string, spool: string, server: string, actor: string): Promise<void> {
  const key = `run-${randomBytes(16).toString('hex')}`
  mkdirSync(spool, { recursive: true })
  await cp(from, join(spool, key), { recursive: true })
  const file = join(spool, key, 'create.json')
  const { run, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as { run: object }
  writeFileSync(file, JSON.stringify({ ...rest, server, run: { ...run, run: key, actor } }))
}

/** Whether the end is on the disk at a moment; at the others it is a matter of luck. */
const certain: Partial<Record<Wish, boolean>> = { create: false, finish: true }

test.each(moments)(
  'a recorder that is killed $when its $wish $nth leaves one run, each line once, and no plan',
  async (moment) => {
    const { network, url, aim, killed } = await deadly(moment)
    const state = `recorder/${moment.wish}-${moment.nth}-${moment.when}`
    const place = await world.place(talkative, state, { THROUGHLINE_URL: url })
    const running = place.start([throughline, 'terraform', 'apply', '-auto-approve'])
    aim(running)
    await running.ended
    expect(killed).toEqual({ is: true })
    // It had told the end to its own disk, which may be before the network came to this moment, or could not tell any more.
    const [left = ''] = leftIn(place).runs
    const isEnded = namesIn(join(place.spool, left)).includes('finish.json')
    expect(isEnded).toBe(certain[moment.wish] ?? isEnded)
    expect(await place.throughline('deliver')).toMatchObject({ code: 0, err: '' })
    expect(leftIn(place)).toEqual({ runs: [], plans: [] })
    await isAlone(running)
    const { runs, status, logged, said } = await read(place)
    expect([runs, status]).toEqual([1, isEnded ? 'success' : 'abandoned'])
    expect(logged.map(({ line }) => line)).toEqual(numbers(logged.length))
    expect(said).toEqual(numbers(isEnded ? count : said.length))
    await network.stop()
  },
)

/** Once what a killed recorder has started has ended, too: until then it may lock its state. */
async function isAlone({ pid }: Running): Promise<void> {
  const group = async () => {
    const all = execFileSync('ps', ['-A', '-o', 'pgid=,stat=']).toString().split('\n')
    return all.map((line) => line.trim().split(/\s+/)).filter(([id, stat]) => id === String(pid) && stat?.[0] !== 'Z')
  }
  await eventually(group, ({ length }) => length === 0, 20_000)
}

test('a recorder that is killed while it asks leaves a run that was abandoned, and no plan', async () => {
  const place = await world.place(talkative, 'asking')
  const running = place.start(['sh', '-c', `sleep 30 | exec ${throughline} terraform apply`])
  await shows(running)
  process.kill(-running.pid, 'SIGKILL')
  await running.ended
  expect(leftIn(place).plans).toHaveLength(1)
  expect(await place.throughline('deliver')).toMatchObject({ code: 0, err: '' })
  expect(leftIn(place)).toEqual({ runs: [], plans: [] })
  expect(await read({ state: 'asking' })).toMatchObject({ runs: 1, status: 'abandoned' })
})
