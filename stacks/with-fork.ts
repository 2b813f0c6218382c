import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Loaded before a program, it gives the maintained fork to whoever asks for cdktf, the provider packages among them. */
const fork = fileURLToPath(import.meta.resolve('cdktf-fork'))

registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'cdktf' ? fork : specifier, context),
})
