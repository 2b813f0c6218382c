import type { Module } from '../front/app.ts'
import { runWorkflows } from './automation.ts'
import { tables } from './schema.ts'

export const projects: Module = { tables, wire: runWorkflows }
