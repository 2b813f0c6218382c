import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Server, ServerCredentials, loadPackageDefinition, status } from '@grpc/grpc-js'
import type { ServiceDefinition, UntypedServiceImplementation, handleUnaryCall } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import type { Answer } from './provider/answers.ts'

/** Schemas of whole providers are larger than what gRPC takes by itself. */
const mostBytes = 256_000_000

function service(): ServiceDefinition {
  const file = join(import.meta.dirname, 'protocol/tfplugin6.proto')
  const found = loadPackageDefinition(loadSync(file, { keepCase: true, longs: Number, enums: Number, defaults: true }))
  const { tfplugin6 } = found
  const provider = tfplugin6 && 'Provider' in tfplugin6 ? tfplugin6['Provider'] : null
  if (typeof provider === 'function' && 'service' in provider) return provider.service
  throw new Error(`${file} has no service Provider.`)
}

/** Serves the protocol on a socket, until it is stopped. */
export async function serve(socket: string, answers: Readonly<Record<string, Answer>>): Promise<() => void> {
  const limits = { 'grpc.max_send_message_length': mostBytes, 'grpc.max_receive_message_length': mostBytes }
  const server = new Server(limits)
  const calls = Object.entries(answers).map(([name, answer]) => [name, unary(answer)])
  const implementation: UntypedServiceImplementation = Object.fromEntries(calls)
  server.addService(service(), implementation)
  rmSync(socket, { force: true })
  await new Promise<void>((done, fail) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => (error ? fail(error) : done()))
  })
  return () => server.forceShutdown()
}

function unary(answer: Answer): handleUnaryCall<unknown, object> {
  return ({ request }, reply) => {
    const fail = (error: unknown) => {
      // Terraform shows it to a person: a sentence, without where it happened.
      reply({ code: status.INTERNAL, details: `This is a fault of the stand-in: ${String(error)}` })
    }
    answer(request).then((said) => reply(null, said), fail)
  }
}
