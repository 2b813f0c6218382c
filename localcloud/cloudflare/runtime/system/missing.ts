import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'

const sentence = 'The Worker that this binding refers to does not exist (any more).'

/** Stands in for a script or an entrypoint that is gone, so that those that bind it still run. */
export default class Missing extends WorkerEntrypoint {
  override fetch(): Response {
    throw new Error(sentence)
  }
}

/** Stands in for a class of objects that is gone. */
export class MissingObject extends DurableObject {
  override fetch(): Response {
    throw new Error(sentence)
  }
}
