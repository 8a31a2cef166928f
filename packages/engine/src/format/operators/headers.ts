/** `%REQ(X?Y):Z%` and its like: the value of a header, or of another one where the first is not there. */
import { err, ok, type Result } from '@weft/core';
import { pathWithoutQuery } from '../../compile/matchers/path-matcher.ts';
import { asciiLower } from '../../match/ascii.ts';
import type { HeaderSource } from '../../match/header-matcher.ts';
import type { StreamView } from '../../view/stream-view.ts';
import type { FormatField } from '../formatter.ts';
import { named, numberOperator, type Operator, textField } from '../operator.ts';
import { decodeBytes, firstValue } from './header-value.ts';

type SourceOf = (view: StreamView) => HeaderSource | undefined;

const requestOf: SourceOf = ({ request }) => request;
const responseOf: SourceOf = ({ response }) => response;
const responseTrailersOf: SourceOf = ({ responseTrailers }) => responseTrailers;

/** Operators that read heads and trailers. */
export const HEADER_OPERATORS: readonly Operator[] = [
  ...headerOperators(['REQ', 'REQUEST_HEADER', 'STREAM_INFO_REQ'], requestOf),
  ...headerOperators(['RESP', 'RESPONSE_HEADER'], responseOf),
  ...headerOperators(['TRAILER', 'RESPONSE_TRAILER'], responseTrailersOf),
  ...headerOperators(['REQ_WITHOUT_QUERY'], requestOf, pathWithoutQuery),
  numberOperator('REQUEST_HEADERS_BYTES', ({ requestHeaderBytes }) => requestHeaderBytes),
  numberOperator('RESPONSE_HEADERS_BYTES', ({ responseHeaderBytes }) => responseHeaderBytes),
  numberOperator('RESPONSE_TRAILERS_BYTES', ({ responseTrailerBytes }) => responseTrailerBytes),
];

function headerOperators(
  names: readonly string[],
  sourceOf: SourceOf,
  edit?: (value: string) => string,
): readonly Operator[] {
  return named(names, {
    param: 'required',
    takesLength: true,
    keepsBytes: true,
    compile: ({ param, maxLength }, { options }) => {
      const found = headerNames(param);
      if (found.kind === 'err') return found;
      return ok(headerField({ sourceOf, ...found.value, edit, maxLength, decodes: options.decodesHeaders }));
    },
  });
}

const HEADER_NAME = /^:?[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/;

function headerNames(param: string): Result<{ readonly main: string; readonly other: string }, string> {
  const [main = '', other = '', ...rest] = param.split('?').map(asciiLower);
  if (rest.length > 0) return err(`${JSON.stringify(param)} names more than one other header`);
  const wrong = [main, other].find((name) => !HEADER_NAME.test(name));
  return wrong === undefined ? ok({ main, other }) : err(`${JSON.stringify(wrong)} is not a header name`);
}

interface HeaderFieldSpec {
  readonly sourceOf: SourceOf;
  readonly main: string;
  /** Empty without one. */
  readonly other: string;
  readonly edit: ((value: string) => string) | undefined;
  readonly maxLength: number | undefined;
  readonly decodes: boolean;
}

function headerField({ sourceOf, main, other, edit, maxLength, decodes }: HeaderFieldSpec): FormatField {
  return textField((view) => {
    const source = sourceOf(view);
    let value = firstValue(source, main);
    if (value === undefined) {
      if (other === '') return undefined;
      value = firstValue(source, other);
      if (value === undefined) return undefined;
    }
    if (edit !== undefined) value = edit(value);
    // The length is that of bytes, so what is cut is cut before it becomes text.
    if (maxLength !== undefined) value = value.slice(0, maxLength);
    return decodes ? decodeBytes(value) : value;
  });
}
