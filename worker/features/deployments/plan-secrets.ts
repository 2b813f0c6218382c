import { isRare, isSecretName } from '../../platform/redact.ts'
import type { Secrets } from '../../platform/redact.ts'
import { elementMasks, isObject, isWhole, memberMask, memberOf } from './plan-masks.ts'

/** Where a value stands that has its name one level above, as in a variable, an output or an expression. */
const valueMembers = ['value', 'default', 'constant_value', 'before', 'after']

/**
 * Collects the secrets of a plan, from all of it: what masks mark in changes, drift, outputs, the prior state and the
 * planned values; the sensitive variables; what stands under a secret name. A mask is known by its name, wherever it
 * stands, so that this also reads formats which are not known.
 */
export function collectSecrets(plan: unknown, secrets: Secrets): void {
  const todo: [value: unknown, mask: unknown][] = [[plan, undefined]]
  for (let next = todo.pop(); next; next = todo.pop()) {
    const [value, mask] = next
    if (isWhole(mask, value)) {
      addAll(value, secrets)
    } else if (Array.isArray(value)) {
      const masks = elementMasks(mask, value.length)
      for (const [index, inner] of value.entries()) if (isNested(inner, masks[index])) todo.push([inner, masks[index]])
    } else if (isObject(value)) {
      for (const name of Object.keys(value)) {
        const [inner, own] = [value[name], memberMask(mask, value, name)]
        if (isSecretName(name)) addNamed(inner, secrets)
        if (isNested(inner, own)) todo.push([inner, own])
      }
    }
  }
  const variables = memberOf(plan, 'variables')
  const root = memberOf(memberOf(plan, 'configuration'), 'root_module')
  collectVariables(root, (name) => memberOf(memberOf(variables, name), 'value'), secrets)
}

/** Whether there is something to find: a text alone says nothing, unless it is marked. */
function isNested(value: unknown, mask: unknown): boolean {
  return (typeof value === 'object' && value !== null) || mask !== undefined
}

/** Adds every string in a value, and every number that is not as common as 443. */
function addAll(value: unknown, secrets: Secrets): void {
  const todo = [value]
  while (todo.length > 0) {
    const next = todo.pop()
    if (typeof next === 'string') addLiteral(next, secrets)
    else if (typeof next === 'number' && isRare(next)) secrets.add(String(next))
    else if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) todo.push(inner)
  }
}

function addNamed(value: unknown, secrets: Secrets): void {
  if (typeof value === 'string') return secrets.addNamed(value)
  for (const name of valueMembers) {
    const inner = memberOf(value, name)
    if (typeof inner === 'string' && !isReference(inner)) secrets.addNamed(inner)
  }
}

function addLiteral(text: string, secrets: Secrets): void {
  if (!isReference(text)) secrets.add(text)
}

/** CDKTF writes references as constants: `${var.password}` is no secret. */
function isReference(text: string): boolean {
  return /^\$\{[^}]*\}$/.test(text)
}

/** Adds what is given to the sensitive variables of a module, and of the modules that it calls. */
function collectVariables(module: unknown, given: (name: string) => unknown, secrets: Secrets, depth = 0): void {
  const variables = memberOf(module, 'variables')
  for (const [name, variable] of isObject(variables) ? Object.entries(variables) : []) {
    if (memberOf(variable, 'sensitive') === true) addAll(given(name), secrets)
  }
  const calls = memberOf(module, 'module_calls')
  if (!isObject(calls) || depth > 100) return
  for (const call of Object.values(calls)) {
    const expressions = memberOf(call, 'expressions')
    const constant = (name: string) => memberOf(memberOf(expressions, name), 'constant_value')
    collectVariables(memberOf(call, 'module'), constant, secrets, depth + 1)
  }
}
