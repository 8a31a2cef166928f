/** Injection of manifest files as text: what is not injected comes out as it went in, comments and all. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { injectObject, type ObjectInjection, type ObjectOutcome } from '@weft/control/inject';
import { UserError } from '@weft/core';
import { parseDocument } from 'yaml';
import { formatYaml } from '../output/yaml.ts';

/** A text after injection. */
export interface InjectedText {
  readonly text: string;
  readonly outcomes: readonly ObjectOutcome[];
}

/** A line that begins with three dashes begins a document, wherever it stands: YAML allows it nowhere else. */
const MARKER = /^---(?=\s|$)/m;
const MAX_ALIASES = 100;

/** Injects every document of a text; `file` is for messages. */
export function injectText(text: string, file: string, injection: ObjectInjection): InjectedText {
  const outcomes: ObjectOutcome[] = [];
  let line = 1;
  const chunks = text.split(MARKER).map((chunk, i) => {
    const object = readChunk(chunk, file, line);
    line += chunk.split('\n').length - 1;
    if (object === undefined) return chunk;
    const result = injectObject(object, injection);
    outcomes.push(...result.outcomes);
    if (result.object === object) return chunk;
    return `${i === 0 ? '' : '\n'}${formatYaml(result.object)}`;
  });
  return { text: chunks.join('---'), outcomes };
}

/** The object in a document; undefined when it holds nothing or something that makes no pods in any case. */
function readChunk(chunk: string, file: string, line: number): ApiObject | undefined {
  const value = parseChunk(chunk, file, line);
  if (!isPlainObject(value)) return undefined;
  const { apiVersion, kind, metadata = {} } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !isPlainObject(metadata)) return undefined;
  return { ...value, apiVersion, kind, metadata } as ApiObject;
}

function parseChunk(chunk: string, file: string, line: number): unknown {
  const refuse = (at: number, why: string): UserError => new UserError(`${file}:${at}: ${why}`);
  try {
    const document = parseDocument(chunk, { prettyErrors: true });
    const [error] = document.errors;
    if (error !== undefined) {
      const at = line + (error.linePos?.[0].line ?? 1) - 1;
      throw refuse(at, error.message.split('\n', 1)[0]!.replace(/ at line \d+, column \d+:?$/, ''));
    }
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch (error: unknown) {
    // The parser recurses, and text can be made to exhaust the stack; aliases can be made to exhaust memory.
    if (error instanceof RangeError) throw refuse(line, 'is nested too deep');
    if (error instanceof ReferenceError) throw refuse(line, `YAML alias: ${error.message}`);
    throw error;
  }
}
