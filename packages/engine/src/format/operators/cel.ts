/** `%CEL(expression)%`: what an expression over the stream says. */
import { CelDuration, CelError, CelOptional, type CelProgram, CelTimestamp, CelUint } from '@weft/cel';
import { ok } from '@weft/core';
import { compileExpression, expressionValue } from '../../cel/expression.ts';
import type { StreamView } from '../../view/stream-view.ts';
import type { FormatField, JsonValue } from '../formatter.ts';
import { type Operator, textField, truncated, valueText } from '../operator.ts';
import { durationText, timestampText } from './cel-times.ts';
import { decodeBytes } from './header-value.ts';

/** Operators over expressions: `%CEL%` is text in JSON too, `%TYPED_CEL%` keeps the type there. */
export const CEL_OPERATORS: readonly Operator[] = [
  celOperator('CEL', (program, decodes) => textField(textReader(program, decodes))),
  celOperator('TYPED_CEL', (program, decodes) => ({
    text: textReader(program, decodes),
    json: (view) => {
      const value = expressionValue(program, view);
      return value === undefined ? undefined : jsonOf(value, decodes);
    },
  })),
];

function celOperator(name: string, fieldOf: (program: CelProgram, decodes: boolean) => FormatField): Operator {
  return {
    name,
    param: 'required',
    takesLength: true,
    keepsBytes: true,
    compile: ({ param, maxLength }, { options }) => {
      const program = compileExpression(param);
      if (program.kind === 'err') return program;
      return ok(truncated(fieldOf(program.value, options.decodesHeaders), maxLength));
    },
  };
}

function textReader(program: CelProgram, decodes: boolean): (view: StreamView) => string | undefined {
  return (view) => {
    const value = expressionValue(program, view);
    if (value === undefined) return undefined;
    if (value === null) return 'NULL';
    if (value instanceof Uint8Array) return textOfBytes(value, decodes);
    if (value instanceof CelDuration) return durationText(value.nanos);
    return valueText(jsonOf(value, decodes));
  };
}

function textOfBytes(bytes: Uint8Array, decodes: boolean): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return decodes ? decodeBytes(text) : text;
}

/** A value of an expression as JSON; undefined for what has no form there. */
function jsonOf(value: unknown, decodes: boolean): JsonValue | undefined {
  if (typeof value === 'string') return decodes ? decodeBytes(value) : value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (value instanceof CelUint) return Number(value.value);
  if (value instanceof CelDuration) return `${Number(value.nanos) / 1e9}s`;
  if (value instanceof CelTimestamp) return timestampText(value.nanos);
  if (value instanceof Uint8Array) return btoa(textOfBytes(value, false));
  if (value instanceof CelOptional) return value.hasValue ? jsonOf(value.value, decodes) : undefined;
  if (Array.isArray(value)) return value.map((each) => jsonOf(each, decodes) ?? null);
  return isMapping(value) ? mapOf(value, decodes) : undefined;
}

interface Mapping {
  get(key: unknown): unknown;
  keys(): unknown[];
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && 'keys' in value && 'get' in value;
}

/** Undefined for a map that cannot be listed, as that of all headers. */
function mapOf(map: Mapping, decodes: boolean): JsonValue | undefined {
  try {
    const members = map.keys().map((key) => [memberName(key), jsonOf(map.get(key), decodes) ?? null] as const);
    return Object.fromEntries(members);
  } catch (error: unknown) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}

function memberName(key: unknown): string {
  return String(key instanceof CelUint ? key.value : key);
}
