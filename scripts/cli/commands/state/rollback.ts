import { Rollback } from '../../../../worker/features/states/schema.ts'
import { connected, understood } from '../../connection.ts'
import { command, wholeOf } from '../../options.ts'
import { apiPath, stateName } from '../../states/backend.ts'

export const rollback = command({
  operands: ['name', 'serial'],
  options: {},
  more: 'Resources are not touched: the next plan shows what leads back to that version.',
  run: (given) =>
    connected(async (server) => {
      const name = stateName(given.operand('name'))
      const serial = wholeOf(given.operand('serial'), 'The serial', 0)
      const answer = await server.json(`${apiPath(name)}/rollback`, { method: 'POST', json: { serial } })
      const now = understood(Rollback, JSON.stringify(answer))
      process.stdout.write(`${name} is as it was at serial ${serial}: version ${now.version}, serial ${now.serial}.\n`)
      return 0
    }),
})
