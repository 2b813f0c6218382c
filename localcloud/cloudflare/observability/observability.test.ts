import { startAccount } from '../testing.ts'

describe('Workers Observability without anything kept', () => {
  const { account } = startAccount()
  const call = (method: string, path: string, body?: unknown) =>
    account().call(method, `${account().base}/workers/observability${path}`, body)

  test('answers questions with nothing', async () => {
    const timeframe = { from: 1, to: 2 }
    expect(await call('POST', '/telemetry/query', { queryId: 'mine', timeframe })).toMatchObject({
      result: { run: { status: 'COMPLETED', query: { id: 'mine' }, timeframe }, events: { count: 0, events: [] } },
    })
    const calculated = await call('POST', '/telemetry/query', { timeframe, view: 'calculations' })
    expect(calculated).toMatchObject({ result: { calculations: [] } })
    expect(await call('POST', '/telemetry/query', {})).toMatchObject({ status: 400 })
    expect(await call('POST', '/telemetry/keys', {})).toMatchObject({ result: [] })
    expect(await call('GET', '/destinations')).toMatchObject({ result: [] })
    expect(await call('GET', '/queries/none')).toMatchObject({ status: 404 })
    expect(await call('POST', '/destinations', {})).toMatchObject({ status: 403 })
  })
})
