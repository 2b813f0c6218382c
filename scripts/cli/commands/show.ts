import { connected, printJson, textOf, understood } from '../connection.ts'
import { command } from '../options.ts'
import { ChangePage } from '../run-changes.ts'
import { RunDetail, storyOf } from '../run-story.ts'

export const show = command({
  operands: ['id'],
  options: { json: { summary: "The API's JSON, with all that is cut short here." } },
  run: (given) =>
    connected(async (server) => {
      const path = `/api/deployments/${encodeURIComponent(given.operand('id'))}`
      const body = await textOf(server, path)
      if (given.has('json')) printJson(body)
      else {
        const changes = await textOf(server, `${path}/changes?limit=200`)
        process.stdout.write(storyOf(understood(RunDetail, body), understood(ChangePage, changes), Date.now()))
      }
      return 0
    }),
})
