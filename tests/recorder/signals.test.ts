import { leftIn, recordReader } from './logged.ts'
import { inTerminal, keys } from './terminal.ts'
import { shows, startWorld, throughline } from './world.ts'
import type { Running } from './world.ts'

const world = startWorld()
const read = recordReader(world)

/** Says that it sleeps, and sleeps so many seconds. */
const sleepy = (seconds: number) => `
resource "terraform_data" "slow" {
  provisioner "local-exec" { command = "echo asleep && sleep ${seconds}" }
}`
const apply = [throughline, 'terraform', 'apply', '-auto-approve']

function times(text: string, all: string): number {
  return all.split(text).length - 1
}

/** Who signals what, when the recorder is not in the foreground of a terminal. */
const senders: [string, (running: Running) => void][] = [
  ['SIGINT to the recorder alone', ({ kill }) => kill('SIGINT')],
  ['SIGTERM to the recorder alone', ({ kill }) => kill('SIGTERM')],
  ['SIGTERM to the group', ({ pid }) => void process.kill(-pid, 'SIGTERM')],
  [
    'SIGTERM as timeout sends it',
    ({ pid, kill }) => {
      kill('SIGTERM')
      process.kill(-pid, 'SIGTERM')
    },
  ],
]

test.each(senders)('%s interrupts terraform once, and the run is told as canceled', async (_, send) => {
  const place = await world.place(sleepy(4), 'stopped')
  const running = place.start(apply)
  await shows(running, 'asleep')
  send(running)
  const { code, out } = await running.ended
  expect([code, times('Interrupt received.', out), times('Two interrupts', out)]).toEqual([1, 1, 0])
  const { id, ...run } = await read({ state: 'stopped' })
  expect(run).toMatchObject({ runs: 1, status: 'canceled' })
  const shown = await (await world.worker.fetch(`/api/deployments/${id}`)).json()
  expect(shown).toMatchObject({
    exit_code: 1,
    operations: [
      { kind: 'plan', status: 'success' },
      { kind: 'apply', status: 'canceled' },
    ],
    timeline: expect.arrayContaining([expect.objectContaining({ kind: 'interrupted' })]),
  })
  expect([leftIn(place), await world.lockOf('stopped')]).toEqual([{ runs: [], plans: [] }, null])
})

test('Ctrl+C in a terminal interrupts terraform once, twice makes it give up, as without the recorder', async () => {
  const shown = await Promise.all(
    [apply, ['terraform', 'apply', '-auto-approve']].flatMap((command, index) =>
      [1, 2].map(async (count) => {
        const state = `keys/${index}/${count}`
        const place = await world.place(sleepy(4), state, world.bare(state))
        const typed = [
          { at: 'asleep', keys: keys.interrupt },
          { at: 'Gracefully shutting down', keys: count === 2 ? keys.interrupt : '' },
        ]
        const { code, output } = await inTerminal(command, { cwd: place.folder, env: place.env }, typed)
        return [code, times('Interrupt received.', output), times('Two interrupts received.', output)]
      }),
    ),
  )
  expect(shown.slice(0, 2)).toEqual(shown.slice(2))
  expect(shown.slice(2)).toEqual([
    [1, 1, 0],
    [1, 1, 1],
  ])
})

test('a terraform that is killed ends the recorder by the same signal, with a record of it', async () => {
  const place = await world.place(sleepy(30), 'killed')
  const running = place.start(apply)
  await shows(running, 'asleep')
  const { out } = await place.start(['ps', '-o', 'pid=,args=', '--ppid', String(running.pid)]).ended
  const [pid] = out
    .split('\n')
    .filter((line) => / apply /.test(line))
    .map((line) => Number.parseInt(line, 10))
  process.kill(pid ?? 0, 'SIGKILL')
  expect(await running.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
  const { id, ...run } = await read({ state: 'killed' })
  expect(run).toMatchObject({ runs: 1, status: 'failed' })
  const shown = await (await world.worker.fetch(`/api/deployments/${id}`)).json()
  expect(shown).toMatchObject({
    reason: 'Terraform was ended by SIGKILL.',
    timeline: expect.arrayContaining([expect.objectContaining({ kind: 'killed', detail: 'Ended by SIGKILL.' })]),
  })
})

test('a reader that goes away does not stop an apply', async () => {
  const place = await world.place(
    `${sleepy(1)}\nresource "terraform_data" "after" { depends_on = [terraform_data.slow] }`,
    'pipe',
  )
  const piped = place.start(['sh', '-c', `${apply.join(' ')} | head -1`])
  expect(await piped.ended).toMatchObject({ code: 0 })
  expect(await read({ state: 'pipe' })).toMatchObject({ runs: 1, status: 'success' })
  const { resources } = (await world.stored('pipe')) ?? { resources: [] }
  expect(resources).toHaveLength(2)
})
