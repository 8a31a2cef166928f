import type { Result } from '@weft/core';
import { err, ok } from '@weft/core';
import type { StreamView } from '../view/stream-view.ts';
import type { FormatField, FormatMoment, FormatOptions, FormatSources, JsonValue } from './formatter.ts';
import { jsonText } from './json-text.ts';

/** Why a command cannot be compiled. */
export type FieldResult = Result<FormatField, string>;

/** What a command says. */
export interface OperatorCall {
  readonly name: string;
  /** Empty without one. */
  readonly param: string;
  readonly maxLength: number | undefined;
}

/** What compiling an operator may need. */
export interface OperatorContext {
  readonly sources: FormatSources;
  readonly options: FormatOptions;
  /** Compiles another operator, for those that are made of others. */
  compile(call: OperatorCall): FieldResult;
}

/** One operator of Envoy's format strings. */
export interface Operator {
  readonly name: string;
  readonly param: 'none' | 'optional' | 'required';
  /** Whether `:Z` may follow. */
  readonly takesLength: boolean;
  /** Whether its text has a character for each byte already where headers are not decoded, as that of headers has. */
  readonly keepsBytes?: boolean;
  compile(call: OperatorCall, context: OperatorContext): FieldResult;
}

type Read<T> = (view: StreamView, moment: FormatMoment) => T | undefined;

/** A field whose value is text; the empty text is a value too. */
export function textField(read: Read<string>): FormatField {
  return { text: read, json: read };
}

/** A field whose value is a number. */
export function numberField(read: Read<number>): FormatField {
  return {
    text: (view, moment) => {
      const value = read(view, moment);
      return value === undefined ? undefined : String(value);
    },
    json: read,
  };
}

/** A field that has the same text for every stream. */
export function constantField(value: string | undefined): FormatField {
  return textField(() => value);
}

/** An operator without a parameter whose value is text. */
export function textOperator(name: string, read: Read<string>): Operator {
  return plainOperator(name, textField(read));
}

/** An operator without a parameter whose value is a number. */
export function numberOperator(name: string, read: Read<number>): Operator {
  return plainOperator(name, numberField(read));
}

function plainOperator(name: string, field: FormatField): Operator {
  const compiled = ok(field);
  return { name, param: 'none', takesLength: false, compile: () => compiled };
}

/** The same operator by several names. */
export function named(names: readonly string[], operator: Omit<Operator, 'name'>): readonly Operator[] {
  return names.map((name) => ({ name, ...operator }));
}

/** Cuts the text of a field; lists, objects and numbers are left whole in JSON. */
export function truncated(field: FormatField, maxLength: number | undefined): FormatField {
  if (maxLength === undefined) return field;
  return {
    text: (view, moment) => field.text(view, moment)?.slice(0, maxLength),
    json: (view, moment) => {
      const value = field.json(view, moment);
      return typeof value === 'string' ? value.slice(0, maxLength) : value;
    },
  };
}

/** What is not there is told by the empty text in views. */
export function orNone(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** A choice among names, or why it is none. */
export function oneOf<T extends string>(given: string, choices: readonly T[], fallback: T): Result<T, string> {
  if (given === '') return ok(fallback);
  const found = choices.find((each) => each === given);
  return found === undefined ? err(`${JSON.stringify(given)} is none of ${choices.join(', ')}`) : ok(found);
}

/** Text of a value in a line that is not JSON. */
export function valueText(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : jsonText(value);
}
