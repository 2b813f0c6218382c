import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Refusal, codeOf } from '../../../embedded/refusal.ts'
import { reasonIn, unreachable } from '../../api.ts'
import type { Server } from '../../api.ts'
import { connected } from '../../connection.ts'
import { command } from '../../options.ts'
import { apiPath, backendPath, stateName } from '../../states/backend.ts'
import { plain } from '../../text.ts'

export const pull = command({
  operands: ['name'],
  options: {
    serial: { value: '<n>', summary: 'The version with this serial instead of the newest.' },
    output: { short: 'o', value: '<file>', summary: 'Into this file, which only you may read, instead of stdout.' },
  },
  run: (given) =>
    connected(async (server) => {
      const name = stateName(given.operand('name'))
      const serial = given.whole('serial', 0)
      const path = serial === null ? backendPath(name) : `${apiPath(name)}/versions/${serial}`
      const file = given.text('output')
      await (file === null ? printed(server, path) : written(server, path, file))
      return 0
    }),
})

async function opened(server: Server, path: string): Promise<IncomingMessage> {
  const response = await server.open(path, { silenceMs: 120_000 }).catch((error: unknown) => {
    throw new Refusal(unreachable(server.url, error))
  })
  const { statusCode: status = 0 } = response
  if (status === 200) return response
  throw new Refusal(plain(reasonIn({ status, body: await text(response) })))
}

async function printed(server: Server, path: string): Promise<void> {
  const response = await opened(server, path)
  // The pipeline would end stdout, which has no other reader to wait for.
  await pipeline(response, process.stdout, { end: false }).catch(refuseHalf)
}

/** Written beside and renamed: the file is whole or not there. */
async function written(server: Server, path: string, file: string): Promise<void> {
  const response = await opened(server, path)
  const draft = `${file}.${process.pid}`
  try {
    await pipeline(response, createWriteStream(draft, { mode: 0o600, flags: 'wx' })).catch(refuseHalf)
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error instanceof Refusal ? error : new Refusal(`${file} cannot be written: ${codeOf(error)}.`)
  }
}

function refuseHalf(error: unknown): never {
  if (codeOf(error) === 'ECONNRESET') throw new Refusal('The connection broke before the whole state had come.')
  throw error
}
