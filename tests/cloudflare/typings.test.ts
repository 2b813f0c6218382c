import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { areas } from './calls.ts'
import { sdk } from './clients.ts'
import { deviations } from './deviations.ts'
import type { Deviation } from './deviations.ts'
import { Answers } from './typings.ts'

const isOf = (complaint: string) => (deviation: Deviation) =>
  deviation.methods.some((method) => complaint.startsWith(`${method} `)) && complaint.includes(deviation.says)

describe('the typings of the cloudflare package', () => {
  const { account } = startAccount()

  test('are what the account answers with, but for the deviations that are listed', async () => {
    const answers = new Answers()
    const api = answers.watch(sdk(account()))
    for (const ask of areas) await ask(api, { account_id: account().accountId })
    const complaints = ['cloudflare', 'cloudflare-7'].flatMap((name) => answers.judge(name))
    expect(complaints.filter((complaint) => !deviations.some(isOf(complaint)))).toEqual([])
    expect(deviations.filter((deviation) => !complaints.some((complaint) => isOf(complaint)(deviation)))).toEqual([])
  }, 60_000)

  test('would tell what is missing, what is wrong, and what is not there at all', async () => {
    const wrong = new Answers()
    await wrong.see('kv.namespaces.get', Promise.resolve({ id: 'a' }))
    await wrong.see('kv.namespaces.update', Promise.resolve({ id: 5, title: 'b' }))
    await wrong.see('kv.namespaces.list', Promise.resolve([{ id: 'a', title: 'b', more: true }]))
    await wrong.see('kv.nothing', Promise.resolve({}))
    await expect(wrong.see('kv.namespaces.list', Promise.resolve([]))).rejects.toThrow('nothing to judge')
    expect(wrong.judge('cloudflare')).toEqual([
      expect.stringMatching(/^kv\.namespaces\.get .*'title' is missing/s),
      expect.stringMatching(/^kv\.namespaces\.update .*'number' is not assignable to type 'string'/),
      expect.stringMatching(/^kv\.nothing .*'nothing' does not exist/),
    ])
  })
})
