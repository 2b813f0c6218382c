import { writeTypes } from './checks/types.ts'

process.exitCode = writeTypes()
