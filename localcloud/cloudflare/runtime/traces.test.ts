import { deploy, eventually, startAccount, visit } from '../testing.ts'

describe('traces', () => {
  const outside: { consumer: string; events: readonly object[] }[] = []
  const { account } = startAccount({ onTail: (consumer, events) => void outside.push({ consumer, events }) })

  test('reach consumers that are deployed here and those that are not, with the name of their script', async () => {
    const consumer = `let seen = []
      export default {
        fetch: () => Response.json(seen),
        tail(events) { seen.push(...events.map(({ scriptName, outcome, logs, exceptions }) => ({ scriptName, outcome, logs, exceptions }))) },
      }`
    const producer = `export default { fetch() { console.log('one', { two: 2 }); throw new TypeError('bad') } }`
    await deploy(account(), 'consumer', consumer)
    const consumers = [{ service: 'consumer' }, { service: 'control-plane' }]
    await deploy(account(), 'producer', producer, { tail_consumers: consumers })
    expect((await visit(account(), 'producer')).status).toBe(500)
    const trace = {
      scriptName: 'producer',
      outcome: 'exception',
      logs: [{ level: 'log', message: ['one', { two: 2 }] }],
      exceptions: [{ name: 'TypeError', message: 'bad' }],
    }
    const inside = await eventually(
      async () => (await (await visit(account(), 'consumer')).json()) as object[],
      (seen) => seen.length > 0,
    )
    expect(inside).toMatchObject([trace])
    await eventually(
      () => outside.length,
      (count) => count > 0,
    )
    expect(outside).toMatchObject([
      { consumer: 'control-plane', events: [{ ...trace, scriptVersion: { id: expect.any(String) } }] },
    ])
  })

  test('change their consumers without an upload', async () => {
    outside.length = 0
    const path = `${account().base}/workers/scripts/producer/script-settings`
    await account().call('PATCH', path, { tail_consumers: [{ service: 'another' }] })
    await visit(account(), 'producer')
    await eventually(
      () => outside.length,
      (count) => count > 0,
    )
    expect(outside.map(({ consumer }) => consumer)).toEqual(['another'])
  })
})
