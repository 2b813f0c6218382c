import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deploy, eventually, startAccount, visit } from '../testing.ts'

describe('a runtime that dies', () => {
  const { account } = startAccount()

  test('is there again after a moment, with all scripts', async () => {
    const { error } = console
    console.error = () => {}
    await deploy(account(), 'alive', `export default { fetch: () => new Response('alive') }`)
    process.kill(Number(readFileSync(join(account().folder, 'runtime.pid'), 'utf8')), 'SIGKILL')
    const status = await eventually(
      () =>
        visit(account(), 'alive').then(
          (response) => response.status,
          () => 0,
        ),
      (seen) => seen === 200,
    )
    expect(status).toBe(200)
    expect((await deploy(account(), 'next', `export default { fetch: () => new Response('next') }`)).status).toBe(200)
    expect(await (await visit(account(), 'next')).text()).toBe('next')
    console.error = error
  })
})
