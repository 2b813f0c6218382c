import type { Module } from '../front/app.ts'
import { tables } from './schema.ts'

export const apps: Module = { tables }
