import { err, ok, type Result } from '@weft/core';
import type { FormatField } from '../formatter.ts';
import { type FieldResult, type Operator, type OperatorCall, type OperatorContext, truncated } from '../operator.ts';

/** `%COALESCE({"operators": […]}):Z%`: the first of several operators that has a value which is not empty. */
export const COALESCE_OPERATORS: readonly Operator[] = [
  {
    name: 'COALESCE',
    param: 'required',
    takesLength: true,
    keepsBytes: true,
    compile: ({ param, maxLength }, context) => {
      const fields = compileFields(param, context);
      return fields.kind === 'err' ? fields : ok(truncated(firstOf(fields.value), maxLength));
    },
  },
];

/** More than anybody writes; each costs time for every stream. */
const MAX_OPERATORS = 32;

function compileFields(param: string, context: OperatorContext): Result<readonly FormatField[], string> {
  const operators = membersOf(parseJson(param))['operators'];
  if (!Array.isArray(operators) || operators.length === 0 || operators.length > MAX_OPERATORS) {
    return err(`needs {"operators": [1 to ${MAX_OPERATORS} operators]}; write \\u0029 for a bracket within`);
  }
  const fields: FormatField[] = [];
  for (const [i, each] of operators.entries()) {
    const call = callOf(each);
    const field: FieldResult = call.kind === 'err' ? call : context.compile(call.value);
    if (field.kind === 'err') return err(`operators[${i}]: ${field.error}`);
    fields.push(field.value);
  }
  return ok(fields);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error: unknown) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function callOf(entry: unknown): Result<OperatorCall, string> {
  if (typeof entry === 'string') return namedCall(entry, '', undefined);
  const { command, param = '', max_length: maxLength } = membersOf(entry);
  if (typeof command !== 'string') return err('is neither the name of an operator nor an object with a command');
  if (typeof param !== 'string') return err('param must be text');
  if (maxLength === undefined) return namedCall(command, param, undefined);
  const isLength = typeof maxLength === 'number' && Number.isInteger(maxLength) && maxLength > 0;
  return isLength ? namedCall(command, param, maxLength) : err('max_length must be a whole number above 0');
}

function namedCall(name: string, param: string, maxLength: number | undefined): Result<OperatorCall, string> {
  // One within another could go as deep as the format is long.
  if (name === 'COALESCE') return err('operators of %COALESCE% may not be %COALESCE% again');
  return ok({ name, param, maxLength });
}

function firstOf(fields: readonly FormatField[]): FormatField {
  return {
    text: (view, moment) => {
      for (const field of fields) {
        const value = field.text(view, moment);
        if (value !== undefined && value !== '') return value;
      }
      return undefined;
    },
    json: (view, moment) => {
      for (const field of fields) {
        const value = field.json(view, moment);
        if (value !== undefined && value !== null && value !== '') return value;
      }
      return undefined;
    },
  };
}
