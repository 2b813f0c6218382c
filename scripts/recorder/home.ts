import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Where this user's records wait and plans lie. */
export function homeFor(env: NodeJS.ProcessEnv): string {
  const { XDG_STATE_HOME: given = '' } = env
  return join(isAbsolute(given) ? given : join(homedir(), '.local/state'), 'throughline')
}
