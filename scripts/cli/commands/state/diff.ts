import { command } from '../../options.ts'
export const diff = command({ operands: ['name'], options: {}, run: async () => 0 })
