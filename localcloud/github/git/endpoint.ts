import type { IncomingMessage, ServerResponse } from 'node:http'
import type { World } from '../world.ts'

type Endpoint = {
  readonly takes: (request: IncomingMessage) => boolean
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
}

const paths = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)(?:\?|$)/

/** git's own smart protocol over HTTP. */
export function gitEndpoint(_world: World): Endpoint {
  return {
    takes: ({ url = '' }) => paths.test(url),
    answer: (_request, response) => void response.writeHead(404).end(),
  }
}
