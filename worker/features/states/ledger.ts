import { DurableObject } from 'cloudflare:workers'
export class StateLedger extends DurableObject<Env> {}
