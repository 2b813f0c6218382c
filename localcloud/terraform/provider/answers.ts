import { z } from 'zod'
import { diagnosticMessage, pathMessage, schemaMessage } from '../protocol/messages.ts'
import { toWire } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import type { Block } from '../schema/schema.ts'
import type { Provider } from './provider.ts'
import { requests } from './requests.ts'

/** Answers one call of the protocol. */
export type Answer = (request: unknown) => Promise<object>

const nothing: Answer = async () => ({})
const State = z.record(z.string(), z.unknown())

/** The calls of the plugin protocol, for one provider. */
export function answersOf(provider: Provider): Readonly<Record<string, Answer>> {
  const bound = (answer: (provider: Provider, request: unknown) => Promise<object>) => (request: unknown) =>
    answer(provider, request)
  return {
    GetProviderSchema: async () => schemas(provider),
    // Terraform itself checks names and types against the schema.
    ValidateProviderConfig: nothing,
    ValidateResourceConfig: bound(validate),
    ValidateDataResourceConfig: nothing,
    StopProvider: nothing,
    ConfigureProvider: bound(configure),
    UpgradeResourceState: bound(upgrade),
    ReadResource: bound(read),
    PlanResourceChange: bound(plan),
    ApplyResourceChange: bound(apply),
    ImportResourceState: bound(importState),
    ReadDataSource: bound(readData),
  }
}

async function schemas({ schema }: Provider): Promise<object> {
  return {
    provider: schemaMessage(schema.provider),
    resource_schemas: schemaMessages(schema.resources),
    data_source_schemas: schemaMessages(schema.dataSources),
  }
}

function schemaMessages(blocks: ReadonlyMap<string, Block>): object {
  return Object.fromEntries([...blocks].map(([type, block]) => [type, schemaMessage(block)]))
}

async function configure(provider: Provider, request: unknown): Promise<object> {
  const { config } = requests.configure.parse(request)
  return orRefused('The provider cannot be used', {}, async () => ({
    diagnostics: (await provider.configure(config ?? {})).map(diagnosticMessage),
  }))
}

async function validate(provider: Provider, request: unknown): Promise<object> {
  const { type_name: type, config } = requests.validate.parse(request)
  return { diagnostics: provider.validate(type, config ?? {}).map(diagnosticMessage) }
}

async function upgrade(provider: Provider, request: unknown): Promise<object> {
  const { type_name: type, raw_state: raw } = requests.upgrade.parse(request)
  const state = State.parse(JSON.parse(Buffer.from(raw.json).toString()))
  return { upgraded_state: toWire(provider.upgrade(type, state)) }
}

async function read(provider: Provider, request: unknown): Promise<object> {
  const { type_name: type, current_state: state, private: kept } = requests.read.parse(request)
  return orRefused(`Cannot read ${type}`, { new_state: toWire(state), private: kept }, async () => {
    const now = state && (await provider.resource(type).read(state))
    return { new_state: toWire(now), private: kept }
  })
}

async function plan(provider: Provider, request: unknown): Promise<object> {
  const { type_name: type, prior_state: prior, proposed_new_state: proposed, ...rest } = requests.plan.parse(request)
  // Nothing is proposed for what is to be destroyed.
  if (proposed === null) return { planned_state: toWire(null), planned_private: rest.prior_private }
  const { planned, replaced } = provider.plan(type, { prior, proposed, config: rest.config })
  return {
    planned_state: toWire(planned),
    requires_replace: replaced.map(pathMessage),
    planned_private: rest.prior_private,
  }
}

async function apply(provider: Provider, request: unknown): Promise<object> {
  const { type_name: type, prior_state: prior, planned_state: planned, ...rest } = requests.apply.parse(request)
  const resource = provider.resource(type)
  const verb = planned === null ? 'delete' : prior === null ? 'create' : 'update'
  const change = async (): Promise<Values | null> => {
    if (planned !== null) return prior === null ? resource.create(planned) : resource.update(planned, prior)
    if (prior !== null) await resource.remove(prior)
    return null
  }
  return orRefused(`Cannot ${verb} ${type}`, { new_state: toWire(prior), private: rest.planned_private }, async () => ({
    new_state: toWire(await change()),
    private: rest.planned_private,
  }))
}

async function importState(provider: Provider, request: unknown): Promise<object> {
  const { type_name: type, id } = requests.import.parse(request)
  return orRefused(`Cannot import ${type}`, {}, async () => {
    const state = await provider.resource(type).import(id)
    return { imported_resources: [{ type_name: type, state: toWire(state) }] }
  })
}

async function readData(provider: Provider, request: unknown): Promise<object> {
  const { type_name: type, config } = requests.data.parse(request)
  return orRefused(`Cannot read ${type}`, {}, async () => ({
    state: toWire(await provider.readData(type, config ?? {})),
  }))
}

/** A refusal becomes a diagnostic beside what is still so. */
async function orRefused(summary: string, still: object, answer: () => Promise<object>): Promise<object> {
  try {
    return await answer()
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { ...still, diagnostics: [diagnosticMessage({ severity: 'error', summary, detail })] }
  }
}
