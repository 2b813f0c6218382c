import { paint } from './output.ts'
import type { Style } from './table.ts'

const signs: Readonly<Record<string, readonly [sign: string, style: Style]>> = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  replace: ['-/+', 'magenta'],
  delete: ['-', 'red'],
  read: ['<=', 'cyan'],
}

/** Terraform's sign for an action; empty where it has none. */
export function signOf(action: string): string {
  return signs[action]?.[0] ?? ''
}

/** The colour that Terraform gives to the sign. */
export function styleOfAction(action: string): Style | null {
  return signs[action]?.[1] ?? null
}

/** The sign in its colour, as wide as the widest. */
export function paintedSign(action: string): string {
  const style = styleOfAction(action)
  const sign = signOf(action).padEnd(3)
  return style === null ? sign : paint(sign, style)
}
