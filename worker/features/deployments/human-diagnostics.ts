import { longestText } from './terraform-stream.ts'
import type { DiagnosticEvent } from './terraform-stream.ts'

const header = /^(?:Error|Warning): /

/** What is printed behind a diagnostic that has no frame: nothing else tells where it ends. */
const following =
  /^(?:─{5}|Outputs:$|Changes to Outputs:$|Releasing state lock|(?:Terraform|OpenTofu) (?:used the selected providers|will perform the following|planned the following)|Note: (?:Objects have changed|You didn't use)|Saved the plan to: )/

type Open = { readonly framed: boolean; readonly lines: string[]; size: number }

/** Puts diagnostics together that are printed over many lines: in a frame, or plainly where there are no colours. */
export class DiagnosticReader {
  #open: Open | null = null
  /** May begin a diagnostic, or a paragraph of the one that is open: only the line behind it tells. */
  #candidate: string | null = null
  #afterBlank = true
  #compact = false

  /** Takes the next line; returns the diagnostics that it ends. */
  line(line: string): DiagnosticEvent[] {
    const [sign] = line
    if (sign === '╷') return this.#begin(true)
    if (!this.#open?.framed) return this.#plainLine(line)
    if (sign === '╵') return this.end()
    if (sign === '│') this.#keep(line.slice(1).replace(/^ /, ''))
    return []
  }

  /** Ends the open diagnostic, if there is one. */
  end(): DiagnosticEvent[] {
    if (this.#candidate !== null) this.#keep(this.#candidate)
    const diagnostic = this.#open && diagnosticOf(this.#open.lines)
    this.#open = null
    this.#candidate = null
    this.#afterBlank = false
    this.#compact = false
    return diagnostic ? [diagnostic] : []
  }

  #begin(framed: boolean): DiagnosticEvent[] {
    const ended = this.end()
    this.#open = { framed, lines: [], size: 0 }
    return ended
  }

  #keep(line: string): void {
    if (!this.#open) return
    const left = longestText - this.#open.size
    if (left <= 0) return
    this.#open.lines.push(line.slice(0, left))
    this.#open.size += line.length + 1
  }

  #plainLine(line: string): DiagnosticEvent[] {
    const isBlank = line.trim() === ''
    const ended = this.#settle(isBlank)
    const begins = this.#afterBlank && header.test(line)
    this.#afterBlank = isBlank
    if (begins && this.#open) this.#candidate = line
    else if (begins) this.#begin(false)
    else if (this.#open && following.test(line)) ended.push(...this.end())
    else if (!this.#open) ended.push(...this.#compactWarning(line))
    if (this.#candidate === null) this.#keep(line)
    return ended
  }

  /** A summary is followed by an empty line. */
  #settle(isBlank: boolean): DiagnosticEvent[] {
    const candidate = this.#candidate
    if (candidate === null) return []
    this.#candidate = null
    const ended = isBlank ? this.#begin(false) : []
    this.#keep(candidate)
    return ended
  }

  /** With `-compact-warnings` there is a list of summaries. */
  #compactWarning(line: string): DiagnosticEvent[] {
    if (line === 'Warnings:') this.#compact = true
    else if (/^\S/.test(line) && !line.startsWith('- ')) this.#compact = false
    if (!this.#compact || !line.startsWith('- ')) return []
    return [{ type: 'diagnostic', severity: 'warning', summary: line.slice(2), detail: '' }]
  }
}

/**
 * Reads the lines of one: the summary, where it happened with an excerpt of the configuration, and the detail. The
 * excerpt is left out, as it is of the detail in `-json` output.
 */
function diagnosticOf(lines: readonly string[]): DiagnosticEvent | null {
  const [first = ''] = lines
  if (!header.test(first)) return null
  const severity = first.startsWith('Error') ? 'error' : 'warning'
  const [summary, behind] = untilBlank(lines)
  const address = /^ {2}with (.+),$/.exec(behind[0] ?? '')?.[1]
  const located = address === undefined ? behind : behind.slice(1)
  const [, detail] = /^ {2}on .+ line \d+/.test(located[0] ?? '') ? untilBlank(located) : [[], located]
  return {
    type: 'diagnostic',
    severity,
    summary: summary.join('\n').replace(header, ''),
    detail: detail.join('\n').trim(),
    ...(address === undefined ? {} : { address }),
  }
}

/** The lines before the first empty one, and those behind it. */
function untilBlank(lines: readonly string[]): [before: readonly string[], behind: readonly string[]] {
  const blank = lines.findIndex((line) => line.trim() === '')
  return blank < 0 ? [lines, []] : [lines.slice(0, blank), lines.slice(blank + 1)]
}
