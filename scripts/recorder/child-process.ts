/** Starts programs. It takes 4 ms to load, for which there is time while the server is asked. */
export function childProcess() {
  return process.getBuiltinModule('node:child_process')
}
