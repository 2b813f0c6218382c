import { randomBytes } from 'node:crypto'
import { formsOf } from './seek.ts'

/** A secret and the forms in which it would betray itself. */
export type Secret = { readonly value: string; readonly forms: readonly string[] }

/** A secret that occurs nowhere else: random digits and letters, in `form` if it has one. */
function secret(form: (core: string) => string = (core) => `x-${core}`, characters = 24): Secret {
  const core = randomBytes(characters / 2).toString('hex')
  return { value: form(core), forms: formsOf(form(core), core) }
}

/** Held by the state, each in its own way. */
export const inState = {
  marked: secret(),
  rotated: secret(),
  output: secret(),
  password: secret(),
  apiKey: secret(),
  mapKey: secret(),
  special: secret((core) => `p&<é"${core}!* %`),
  inUrl: secret(),
  prefixed: secret((core) => `ghp_${core}`, 36),
  pem: secret(),
  cloudId: secret(),
}
/** Only ever in requests. */
export const inRequests = {
  query: secret(),
  body: secret(),
  // So short that a parser's excerpt of what it does not understand would hold all of it.
  excerpt: secret((core) => core, 8),
  scope: secret(),
  printed: secret(),
  wrongToken: secret((core) => `tl_${core}`, 40),
  basicToken: secret((core) => `tl_${core}`, 40),
}
type Name = keyof typeof inState

const variables = (['marked', 'output', 'special', 'mapKey', 'cloudId'] as const).map(
  (name) => `variable "${name}" {\n  type = string\n  sensitive = true\n}`,
)
const plain = (name: Name) => `nonsensitive(var.${name})`
const pem = (kind: string) => `-----${kind} PRIVATE KEY-----`

/** Providers copy what they are given, with its mark or without. */
export const resources = `${variables.join('\n')}
resource "terraform_data" "copies" {
  input = {
    inside = "before \${${plain('marked')}} after"
    base64 = base64encode(${plain('marked')})
    basic = base64encode("user:\${${plain('marked')}}")
    json = jsonencode({ deep = ${plain('special')} })
    url = urlencode(${plain('special')})
    output = ${plain('output')}
    again = "password is ${inState.password.value}"
    map = tomap({ (${plain('mapKey')}) = "value" })
  }
}
resource "terraform_data" "marked" { input = var.marked }
resource "terraform_data" "others" { input = [var.mapKey, var.special, var.cloudId] }
resource "terraform_data" "named" {
  input = { password = "${inState.password.value}", api_key = "${inState.apiKey.value}" }
}
resource "terraform_data" "formed" {
  input = [
    "postgres://admin:${inState.inUrl.value}@db.example/app",
    "use ${inState.prefixed.value} here",
    "${pem('BEGIN')}\\n${inState.pem.value}\\n${pem('END')}",
  ]
}
output "marked" {
  value = var.output
  sensitive = true
}`
/** What prints a secret and fails. */
export const broken = `resource "terraform_data" "broken" {
  input = var.marked
  provisioner "local-exec" { command = "echo ${inRequests.printed.value} >&2; exit 1" }
}`

/** The environment that gives the variables their values. */
export const values = (marked: Secret): Record<string, string> => ({
  TF_VAR_marked: marked.value,
  TF_VAR_output: inState.output.value,
  TF_VAR_special: inState.special.value,
  TF_VAR_mapKey: inState.mapKey.value,
  TF_VAR_cloudId: inState.cloudId.value,
})
