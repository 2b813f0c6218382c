import type { Module } from '../front/app.ts'
import { graphqlRoutes } from './routes.ts'

export const graphql: Module = { root: [graphqlRoutes] }
