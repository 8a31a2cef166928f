import { err, ok } from '@weft/core';
import type { CompileFormat } from '../headers/value-format.ts';
import type { Compiled, CompileError } from '../match/compile-error.ts';
import { wireText } from '../match/wire-text.ts';
import type { StreamView } from '../view/stream-view.ts';
import {
  type FormatField,
  type FormatMoment,
  type FormatOptions,
  type FormatSources,
  type Formatter,
  HEADER_OPTIONS,
  LINE_OPTIONS,
  NO_MOMENT,
} from './formatter.ts';
import type { FieldResult, OperatorCall, OperatorContext } from './operator.ts';
import { FORMAT_OPERATORS, REFUSED_FORMAT_OPERATORS } from './operators/all.ts';
import { parseFormat } from './parse-format.ts';

/** The fields of a format and the texts around them: there is one text more than there are fields. */
export interface FormatPieces {
  readonly texts: readonly string[];
  readonly fields: readonly FormatField[];
}

/** Compiles a format string such as `%DOWNSTREAM_REMOTE_ADDRESS% "%REQ(:METHOD)%"`; `%%` is a percent sign. */
export function compileFormat(
  text: string,
  path: string,
  sources: FormatSources,
  options: FormatOptions = LINE_OPTIONS,
): Compiled<Formatter> {
  const pieces = compilePieces(text, path, sources, options);
  return pieces.kind === 'err' ? pieces : ok(new TextFormatter(pieces.value, options.empty));
}

/** The compiler of header values for the compile context. */
export function headerFormats(sources: FormatSources): CompileFormat {
  return (text, path) => compileFormat(text, path, sources, HEADER_OPTIONS);
}

/** Compiles a format to its pieces, for those who put them together in their own way. */
export function compilePieces(
  text: string,
  path: string,
  sources: FormatSources,
  options: FormatOptions,
): Compiled<FormatPieces> {
  const parts = parseFormat(text, path);
  if (parts.kind === 'err') return parts;
  const context = operatorContext(sources, options);
  const problems: CompileError[] = [];
  const texts: string[] = [''];
  const fields: FormatField[] = [];
  for (const part of parts.value) {
    if (part.kind === 'text') {
      texts[fields.length] = options.decodesHeaders ? part.text : wireText(part.text);
      continue;
    }
    const field = context.compile(part);
    if (field.kind === 'err') problems.push({ path, reason: `at character ${part.position}: ${field.error}` });
    else texts[fields.push(field.value)] = '';
  }
  return problems.length > 0 ? err(problems) : ok({ texts, fields });
}

/** Compiles commands, for fields of formats and for the operators that are made of others. */
export function operatorContext(sources: FormatSources, options: FormatOptions): OperatorContext {
  const context: OperatorContext = { sources, options, compile: (call) => compileCall(call, context) };
  return context;
}

function compileCall(call: OperatorCall, context: OperatorContext): FieldResult {
  const { name, param, maxLength } = call;
  const operator = FORMAT_OPERATORS.get(name);
  if (operator === undefined) return err(unknownOperator(name));
  if (operator.param === 'required' && param === '') return err(`%${name}% needs a parameter: %${name}(…)%`);
  if (operator.param === 'none' && param !== '') return err(`%${name}% takes no parameter`);
  if (!operator.takesLength && maxLength !== undefined) return err(`%${name}% takes no length`);
  const field = operator.compile(call, context);
  if (field.kind === 'err') return err(`%${name}%: ${field.error}`);
  return context.options.decodesHeaders || operator.keepsBytes === true ? field : ok(wireField(field.value));
}

/** A field in the form of what comes over the wire. */
function wireField(field: FormatField): FormatField {
  return {
    ...field,
    text: (view, moment) => {
      const value = field.text(view, moment);
      return value === undefined ? undefined : wireText(value);
    },
  };
}

function unknownOperator(name: string): string {
  const why = REFUSED_FORMAT_OPERATORS.get(name);
  return why === undefined ? `there is no operator %${name}%` : `%${name}% is not supported: ${why}`;
}

/** The text of a format for a stream. */
export function joinPieces(pieces: FormatPieces, empty: string, view: StreamView, moment: FormatMoment): string {
  const { texts, fields } = pieces;
  let out = texts[0]!;
  for (let i = 0; i < fields.length; i += 1) out += (fields[i]!.text(view, moment) ?? empty) + texts[i + 1]!;
  return out;
}

class TextFormatter implements Formatter {
  readonly #pieces: FormatPieces;
  readonly #empty: string;

  constructor(pieces: FormatPieces, empty: string) {
    this.#pieces = pieces;
    this.#empty = empty;
  }

  format(view: StreamView, moment: FormatMoment = NO_MOMENT): string {
    return joinPieces(this.#pieces, this.#empty, view, moment);
  }
}
