import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Caller } from '../accounts/schema.ts'
import { callerWith, tokenIn } from '../accounts/tokens.ts'
import { roleOfCaller } from '../repositories/access.ts'
import { repositoryNamed, repositoryOnceNamed } from '../repositories/queries.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { runBackend } from './cgi.ts'
import { Report } from './packets.ts'
import { RunningPush } from './pushes.ts'
import { formRefusalOf, isPush, pathOf, queryOf, targetOf } from './target.ts'
import type { Target } from './target.ts'

type Endpoint = {
  readonly takes: (request: IncomingMessage) => boolean
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
}

const questions = '/_local/pushes/'

/** git's own smart protocol over HTTP, spoken by the machine's git. */
export function gitEndpoint(world: World): Endpoint {
  const running = new Map<string, RunningPush>()
  const hooks = writeHooks(world.options.folder)
  return {
    takes: ({ url = '' }) => targetOf(url) !== null || url.startsWith(questions),
    answer: (request, response) => {
      const target = targetOf(request.url ?? '')
      const done = target
        ? answerClient({ world, running, hooks }, target, request, response)
        : answerHook(running, request, response)
      done.catch((error: unknown) => {
        console.error(error)
        response.destroy()
      })
    },
  }
}

type Desk = { readonly world: World; readonly running: Map<string, RunningPush>; readonly hooks: string }

async function answerClient(
  desk: Desk,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { world } = desk
  const authorization = request.headers.authorization ?? ''
  const token = tokenIn(authorization)
  const caller = token === null ? null : callerWith(world.store, token, world.now())
  if (authorization !== '' && !caller) return refuse(response, 401, wrongToken)
  const repository = repositoryNamed(world.store, target.owner, target.name)
  if (!repository) return redirectOrRefuse(world, target, caller, response)
  const refusal = refusalOf(world, target, repository, caller) ?? formRefusalOf(target, request.method)
  if (refusal) return refuse(response, ...refusal)
  await serve(desk, target, repository, caller, request, response)
}

async function serve(
  { world, running, hooks }: Desk,
  target: Target,
  repository: Repository,
  caller: Caller | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const env = { ...cgiEnvironment(world, request, repository, target), REMOTE_USER: caller?.user.login ?? '' }
  if (!isPush(target) || caller === null || target.asks) {
    await runBackend(request, response, { ...env, ...configured(world, hooks, isPush(target)) })
    return void response.end()
  }
  const push = new RunningPush(world, repository, caller.user)
  const report = new Report(() => push.declined)
  running.set(push.id, push)
  try {
    const hooked = { ...env, ...configured(world, hooks, true), ...pushEnvironment(world, push) }
    await runBackend(request, response, hooked, (piece) => report.rewrite(piece))
  } finally {
    running.delete(push.id)
    await push.end()
  }
  response.end()
}

async function answerHook(running: Desk['running'], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const push = running.get(request.url?.slice(questions.length) ?? '')
  if (!push) return refuse(response, 404, 'There is no such push.')
  const answer = await push.ask(JSON.parse(await text(request)))
  response.writeHead(200, { 'x-refused': String(answer.isRefused) }).end(answer.text)
}

const wrongToken = 'Invalid username or token. Password authentication is not supported for Git operations.'

function refusalOf(
  world: World,
  target: Target,
  repository: Repository,
  caller: Caller | null,
): [number, string] | null {
  const role = roleOfCaller(world.store, repository, caller)
  if (role === 'none') return caller ? [404, 'Repository not found.'] : [401, 'Repository not found.']
  if (!isPush(target)) return null
  if (!caller) return [401, wrongToken]
  if (!isAtLeast(role, 'write'))
    return [403, `Permission to ${repository.full_name}.git denied to ${caller.user.login}.`]
  return repository.archived ? [403, 'This repository was archived so it is read-only.'] : null
}

/** Nobody without a token learns what is not there: git is asked for one first. */
function redirectOrRefuse(
  { store, site }: World,
  target: Target,
  caller: Caller | null,
  response: ServerResponse,
): void {
  const moved = repositoryOnceNamed(store, target.owner, target.name)
  if (!moved || roleOfCaller(store, moved, caller) === 'none')
    return refuse(response, caller ? 404 : 401, 'Repository not found.')
  const search = queryOf(target)
  const location = `${site.html}/${moved.full_name}.git/${pathOf(target)}${search && `?${search}`}`
  response.writeHead(301, { location }).end()
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {}
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...challenge }).end(`${message}\n`)
}

function cgiEnvironment(world: World, request: IncomingMessage, repository: Repository, target: Target) {
  const { headers, method = 'GET' } = request
  return {
    ...world.git.environment,
    GIT_PROJECT_ROOT: world.git.root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${repository.id}.git/${pathOf(target)}`,
    REQUEST_METHOD: method,
    QUERY_STRING: queryOf(target),
    CONTENT_TYPE: headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
    HTTP_GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
  }
}

/**
 * The hooks are given by environment, so that nothing of them lies in a repository. They are there whatever is asked:
 * without a push to ask about they refuse.
 */
function configured({ git }: World, hooks: string, mayPush: boolean): Record<string, string> {
  const count = Number(git.environment['GIT_CONFIG_COUNT'])
  return {
    GIT_CONFIG_COUNT: String(count + 2),
    [`GIT_CONFIG_KEY_${count}`]: 'core.hooksPath',
    [`GIT_CONFIG_VALUE_${count}`]: hooks,
    [`GIT_CONFIG_KEY_${count + 1}`]: 'http.receivepack',
    [`GIT_CONFIG_VALUE_${count + 1}`]: String(mayPush),
  }
}

function pushEnvironment({ site }: World, push: RunningPush): Record<string, string> {
  return {
    THROUGHLINE_PUSH: `${site.html}${questions}${push.id}`,
    THROUGHLINE_REFUSED: join(push.folder, 'refused'),
    THROUGHLINE_NODE: process.execPath,
    THROUGHLINE_HOOK: join(import.meta.dirname, 'receive-hook.ts'),
  }
}

const scripts = {
  'pre-receive': `exec "$THROUGHLINE_NODE" "$THROUGHLINE_HOOK" "$THROUGHLINE_PUSH" \\
  "$GIT_OBJECT_DIRECTORY" "$GIT_ALTERNATE_OBJECT_DIRECTORIES" "$GIT_QUARANTINE_PATH"`,
  update: 'grep -qxF -- "$1" "$THROUGHLINE_REFUSED"; [ $? = 1 ]',
}

function writeHooks(folder: string): string {
  const hooks = join(folder, 'hooks')
  mkdirSync(hooks, { recursive: true })
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(hooks, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(hooks, name), 0o700)
  }
  return hooks
}
