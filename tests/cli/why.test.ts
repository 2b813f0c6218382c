import { client, info, state } from '../../worker/testing-states.ts'
import { startCli } from './cli.ts'
import { holdsEscape, stripStyles } from './terminal.ts'

const cli = startCli()
const terraform = client(cli.worker)

async function written(name: string, resource: string, who = 'alice@laptop'): Promise<void> {
  const lock = { ...info(), Who: who }
  await terraform.lock(name, lock)
  await terraform.push(name, state(1, [{ name: resource }]), lock.ID)
  await terraform.unlock(name, lock)
  await cli.deployments(name)
}

test('the text of the server is told, coloured on a terminal, and the JSON as it is', async () => {
  await written('why/a', 'db')
  const text = await (
    await cli.worker.fetch('/api/why?resource=terraform_data.db', { headers: { accept: 'text/plain' } })
  ).text()
  expect(text).toContain('[observed: lock')
  expect(await cli.run('why', 'terraform_data.db')).toEqual(expect.objectContaining({ code: 0, out: text, err: '' }))
  const { out } = await cli.onTerminal('throughline why terraform_data.db').ended
  expect(holdsEscape(out)).toBe(true)
  expect(stripStyles(out).replaceAll('\r\n', '\n')).toBe(text)
  const json = await (await cli.worker.fetch('/api/why?resource=terraform_data.db&depth=1')).text()
  expect((await cli.run('why', '--json', '--depth', '1', 'terraform_data.db')).out).toBe(`${json}\n`)
})

test('an address in several states is asked for again with the state', async () => {
  await written('why/b', 'twin')
  await written('why/c', 'twin')
  const both = await cli.run('why', 'terraform_data.twin')
  expect(both).toMatchObject({ code: 1, out: '', err: expect.stringContaining('why/b, why/c') })
  const one = await cli.run('why', 'terraform_data.twin', '--state', 'why/c')
  expect(one).toMatchObject({ code: 0, out: expect.stringContaining('terraform_data.twin (state why/c) was created') })
})

test('what a client says of itself cannot steer the terminal', async () => {
  await written('why/d', 'odd', 'eve\u001b[1A\u0007\r@host')
  const { out } = await cli.onTerminal('NO_COLOR=1 throughline why terraform_data.odd').ended
  expect(out).toMatch(/eve.*@host/)
  expect(out.replaceAll('\r\n', '')).not.toMatch(/\p{Cc}/u)
})
