import type { AppContext } from '../../platform/api.ts'
import type { Call } from './call.ts'
import { proveNoDenial } from './denied.ts'
import { Refused } from './envelope.ts'
import { examined, FormExaminer, JsonExaminer, Lenient } from './examination.ts'
import type { Examiner, Judge, Passed } from './examination.ts'
import { boundaryIn } from './form-scanner.ts'
import { denialOfReference } from './grant.ts'
import type { Access } from './grant.ts'
import { mentions } from './mentions.ts'
import { formPartOf, namingsOf } from './references.ts'

/** The body of a call on its way, and the names of its fields as far as they were looked at. */
export type Carried = { readonly passed: Passed | null; readonly fields: () => readonly string[] }

/** Bytes of JSON of which only the fields' names are wanted, for the audit. */
const mostForAudit = 64_000

/** The same of JSON in which nothing may be named that the client may not reach. */
const mostForJudge = 1_500_000

/** Paths whose bodies are what somebody stores or has computed, not settings. */
const isStored = /\/(?:values|objects|bulk|messages|query|raw|insert|upsert|run)(?:\/|$)/

/** Looks at the body of a call as far as the client's rights need it. What nobody must know streams as it is. */
export async function carried(c: AppContext, call: Call, access: Access): Promise<Carried> {
  const judged = new Set<string>()
  const judge: Judge = (references) => {
    for (const reference of references) {
      judged.add(reference.kind)
      proveNoDenial(c, denialOfReference(access, reference))
    }
  }
  const examiner = access.isRoot ? fieldsOf(c, call) : examinerFor(c, call, judge)
  if (!examiner) {
    proveCreation(c, call, access, judged)
    return { passed: null, fields: () => [] }
  }
  const passed = await examined(c.req.raw, {
    write: (bytes) => examiner.write(bytes),
    end: () => {
      examiner.end()
      proveCreation(c, call, access, judged)
    },
  })
  return { passed, fields: () => examiner.fields }
}

/** Something new whose name the body does not tell, or that has none, needs a pattern for all of its kind. */
function proveCreation(c: AppContext, { target }: Call, access: Access, judged: ReadonlySet<string>): void {
  if (target.reach !== 'create') return
  for (const resource of target.resources) {
    if (!judged.has(resource.kind)) proveNoDenial(c, denialOfReference(access, resource))
  }
}

function examinerFor(c: AppContext, call: Call, judge: Judge): Examiner | null {
  const { method, template } = call.operation
  const type = c.req.header('content-type') ?? ''
  if (formPartOf(method, template) !== null) {
    if (/^multipart\/form-data\b/i.test(type)) return new FormExaminer(boundaryIn(type), judge)
    // One bare script of the old kind: it binds nothing.
    if (/^(?:application|text)\/javascript(?:\+module)?(?:; ?charset=[\w-]+)?$/i.test(type)) return null
    throw new Refused(400, { code: 10_001, message: 'The Content-Type must be multipart/form-data.' })
  }
  const namings = namingsOf(method, template)
  return namings ? new JsonExaminer(namings, judge) : mentionsIn(call, judge)
}

/** Judges what a body that no table describes seems to name, if it is JSON. */
function mentionsIn({ operation: { method, rule }, path }: Call, judge: Judge): Examiner | null {
  if (method === 'GET' || method === 'HEAD' || rule === 'signed' || isStored.test(path)) return null
  // Whatever its type says: Cloudflare reads JSON without asking for that.
  return new Lenient(new JsonExaminer(mentions, judge, mostForJudge), true)
}

/** Tells the fields of a small JSON object, and minds nothing else. */
function fieldsOf(c: AppContext, { operation: { method }, path }: Call): Examiner | null {
  const length = Number(c.req.header('content-length') ?? 0)
  if (method === 'GET' || method === 'HEAD' || isStored.test(path) || length > mostForAudit) return null
  return new Lenient(new JsonExaminer({}, () => undefined), false)
}
