import { command } from '../options.ts'
export const show = command({ operands: ['name'], options: {}, run: async () => 0 })
