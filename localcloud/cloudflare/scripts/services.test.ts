import { deploy, startAccount, uploadForm, visit } from '../testing.ts'

const says = (text: string) => `export default { fetch: (_, env) => new Response('${text} ' + env.WHO) }`

describe('a script as older clients know it', () => {
  const { account } = startAccount()
  const path = () => `${account().base}/workers/services/shop/environments/production`

  test('shows its settings and its code, and takes others', async () => {
    const bindings = [{ type: 'plain_text', name: 'WHO', text: 'you' }]
    expect(await account().call('GET', `${path()}/settings`)).toMatchObject({ status: 404, errors: [{ code: 10_007 }] })
    await deploy(account(), 'shop', says('first'), { bindings })
    expect(await account().call('GET', `${path()}/settings`)).toMatchObject({ result: { bindings } })
    expect(await account().call('GET', `${path()}/bindings`)).toMatchObject({ result: bindings })
    const headers = { authorization: `Bearer ${account().token}` }
    const shown = await fetch(`${account().url}/client/v4${path()}/content`, { headers })
    expect(await shown.text()).toContain(says('first'))
    const settings = new FormData()
    settings.append('settings', JSON.stringify({ bindings: [{ ...bindings[0], text: 'them' }] }))
    expect(await account().call('PATCH', `${path()}/settings`, settings)).toMatchObject({ status: 200 })
    expect(await account().call('PUT', `${path()}/content`, uploadForm(says('second')))).toMatchObject({ status: 200 })
    expect(await (await visit(account(), 'shop')).text()).toBe('second them')
  })
})
