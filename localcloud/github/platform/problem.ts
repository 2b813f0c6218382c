/** One entry of `errors` in a 422. */
export type FieldError = {
  readonly resource: string
  readonly code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom'
  readonly field?: string
  readonly message?: string
  readonly value?: string | null
}

const docs = 'https://docs.github.com/rest'

/** What a caller can cause: thrown anywhere, shown as GitHub shows it. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly headers: Record<string, string>
  readonly #more: Record<string, unknown>

  constructor(
    status: number,
    message: string,
    more: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ) {
    super(message)
    this.status = status
    this.headers = headers
    this.#more = more
  }

  body(): Record<string, unknown> {
    return { message: this.message, ...this.#more, documentation_url: docs, status: String(this.status) }
  }
}

/** Also for what exists but may not be seen. */
export function notFound(): Problem {
  return new Problem(404, 'Not Found')
}

export function badCredentials(): Problem {
  return new Problem(401, 'Bad credentials')
}

export function requiresAuthentication(): Problem {
  return new Problem(401, 'Requires authentication')
}

export function forbidden(message: string): Problem {
  return new Problem(403, message)
}

export function conflict(message: string): Problem {
  return new Problem(409, message)
}

/** A 422 with a sentence and no list. */
export function unprocessable(message: string): Problem {
  return new Problem(422, message)
}

export function validationFailed(...errors: FieldError[]): Problem {
  return new Problem(422, 'Validation Failed', { errors })
}

/** What was found, or a 404. */
export function found<Thing>(thing: Thing | null | undefined): Thing {
  if (thing === null || thing === undefined) throw notFound()
  return thing
}
