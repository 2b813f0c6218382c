import type { Module } from '../front/app.ts'
import { raisePushEvents } from './push-events.ts'
import { tables } from './refs.ts'

export const git: Module = { tables, wire: raisePushEvents }
