import type { IAspect } from 'cdktf'
import type { Settings } from '../schema/settings.ts'
import { naming } from './naming.ts'
import { protection } from './protection.ts'
import { noSecretLiteral } from './secrets.ts'
import { tagging } from './tags.ts'

/** What every stack is held to. */
export function policies(settings: Settings): readonly IAspect[] {
  return [naming, tagging(settings), protection, noSecretLiteral]
}
