import type { WorkflowCall } from '../protocol.ts'

type Instance = {
  pause(): Promise<void>
  resume(): Promise<void>
  terminate(options?: unknown): Promise<void>
  restart(options?: unknown): Promise<void>
  status(): Promise<{ status: string }>
  sendEvent(event: { type: string; payload: unknown }): Promise<void>
}
type Flow = { create(options: { id: string; params: unknown }): Promise<unknown>; get(id: string): Promise<Instance> }
type Env = object

/** Does to an instance what the front was asked to do: the engine is reached by a binding only. */
export async function conduct(request: Request, env: Env): Promise<Response> {
  const call = await request.json<WorkflowCall>()
  const flow = flowIn(env, call.workflow)
  if (!flow) return new Response('workflow.not_found', { status: 404 })
  try {
    if (call.act === 'create') await flow.create({ id: call.id, params: call.params })
    else await perform(await flow.get(call.id), call)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return new Response(message, { status: message.includes('not_found') ? 404 : 409 })
  }
  return new Response(null, { status: 204 })
}

function flowIn(env: Env, name: string): Flow | undefined {
  const found: Flow | undefined = Reflect.get(env, `workflow:${name}`)
  return found
}

async function perform(instance: Instance, call: Exclude<WorkflowCall, { act: 'create' }>): Promise<void> {
  switch (call.act) {
    case 'pause':
      await leaves(instance, 'queued')
      return instance.pause()
    case 'resume':
      return instance.resume()
    case 'terminate':
      await leaves(instance, 'queued')
      return instance.terminate(call.options)
    case 'restart':
      return instance.restart(call.options)
    case 'revive':
      return instance.restart()
    case 'send':
      return instance.sendEvent({ type: call.type, payload: call.payload })
    case 'wake':
      return wake(instance)
  }
}

/** After a restart of the runtime no sleep ends and no step goes on by itself. */
async function wake(instance: Instance): Promise<void> {
  await instance.pause()
  await leaves(instance, 'waitingForPause')
  await instance.resume()
}

/** Waits, a second at most, until an instance is in a status no longer: the engine refuses what comes too early. */
async function leaves(instance: Instance, passing: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { status } = await instance.status()
    if (status !== passing) return
    await scheduler.wait(10)
  }
}
