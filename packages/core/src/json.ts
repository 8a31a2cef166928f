/**
 * JSON from people and strangers. The fast path is one scan for depth and the host's own parser; only a refused document is
 * read a second time, slowly, to say where and why. Messages follow Go's `encoding/json`, which users of kubectl know.
 */
import { MeshError } from './errors.ts';
import { findJsonProblem } from './json-problem.ts';
import { err, ok, type Result } from './result.ts';
import { decodeUtf8 } from './utf8.ts';

/** The limits of `parseJson`. */
export interface ParseJsonOptions {
  /** How deep arrays and objects may be nested; 200 unless given. */
  readonly maxDepth?: number;
}

const DEFAULT_MAX_DEPTH = 200;

/** A refused document: why, and where in it. */
export class JsonError extends MeshError {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;
  /** Counted from 0, in UTF-16 units. */
  readonly offset: number;

  constructor(reason: string, place: { readonly line: number; readonly column: number; readonly offset: number }) {
    super('MESH_JSON', `${reason} at line ${place.line}, column ${place.column}`);
    this.line = place.line;
    this.column = place.column;
    this.offset = place.offset;
  }
}

/** Parses text or UTF-8 bytes; a refusal names the line and column, or the byte that is not UTF-8. */
export function parseJson(input: string | Uint8Array, options: ParseJsonOptions = {}): Result<unknown, MeshError> {
  let text: string;
  if (typeof input === 'string') text = input;
  else {
    const decoded = decodeUtf8(input);
    if (decoded.kind === 'err') return decoded;
    text = decoded.value;
  }
  const maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
  const tooDeepAt = findTooDeep(text, maxDepth);
  // A syntax error before the depth is exceeded is the more useful message, so the slow path decides which comes first.
  if (tooDeepAt >= 0) return err(refusal(text, { offset: tooDeepAt, reason: `exceeded max depth of ${maxDepth}` }));
  try {
    return ok(JSON.parse(text) as unknown);
  } catch (thrown) {
    const error = refusal(text, undefined);
    error.cause = thrown;
    return err(error);
  }
}

/** Where an offset is for a person: line and column from 1, the column in characters. */
export function locateOffset(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number; readonly offset: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  let column = 1;
  for (const _character of text.slice(lineStart, offset)) column += 1;
  return { line, column, offset };
}

function refusal(text: string, tooDeep: { readonly offset: number; readonly reason: string } | undefined): JsonError {
  // Only mistakes before the bracket that is too deep matter then, so a huge document is not read to its end.
  const syntax = findJsonProblem(tooDeep === undefined ? text : text.slice(0, tooDeep.offset));
  const first = tooDeep !== undefined && (syntax === undefined || tooDeep.offset <= syntax.offset) ? tooDeep : syntax;
  // Both parsers read the same grammar; should they ever disagree, the host's refusal still stands.
  if (first === undefined) return new JsonError('invalid JSON', { line: 1, column: 1, offset: 0 });
  return new JsonError(first.reason, locateOffset(text, first.offset));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;

/** The offset of the first bracket nested deeper than allowed, or -1; right for valid JSON, harmless for any other text. */
function findTooDeep(text: string, maxDepth: number): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = stringEnd(text, at);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth += 1;
        if (depth > maxDepth) return at;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
    }
  }
  return -1;
}

/** The offset of the quote that ends the string starting at `open`, or the end of the text. */
function stringEnd(text: string, open: number): number {
  for (let at = open + 1; ; at += 1) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    // A quote after an odd number of backslashes belongs to the string.
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
}
