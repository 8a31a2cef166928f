/** `%REQ(X?Y):Z%` and its like: the value of a header, or of another one where the first is not there. */
import { err, ok } from '@weft/core';
import { asciiLower } from '../../match/ascii.ts';
import type { HeaderSource } from '../../match/header-matcher.ts';
import type { StreamView } from '../../view/stream-view.ts';
import {
  type FieldResult,
  named,
  numberOperator,
  type Operator,
  type OperatorContext,
  textField,
} from '../operator.ts';
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
  numberOperator('REQUEST_HEADERS_BYTES', ({ requestHeaderBytes }) => requestHeaderBytes),
  numberOperator('RESPONSE_HEADERS_BYTES', ({ responseHeaderBytes }) => responseHeaderBytes),
  numberOperator('RESPONSE_TRAILERS_BYTES', ({ responseTrailerBytes }) => responseTrailerBytes),
];

function headerOperators(names: readonly string[], sourceOf: SourceOf): readonly Operator[] {
  return named(names, {
    param: 'required',
    takesLength: true,
    keepsBytes: true,
    compile: ({ param, maxLength }, context) => compileHeader(param, maxLength, sourceOf, context),
  });
}

const HEADER_NAME = /^:?[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/;

function compileHeader(
  param: string,
  maxLength: number | undefined,
  sourceOf: SourceOf,
  { options }: OperatorContext,
): FieldResult {
  const names = param.split('?');
  if (names.length > 2) return err(`${JSON.stringify(param)} names more than one other header`);
  const wrong = names.find((name) => !HEADER_NAME.test(name));
  if (wrong !== undefined) return err(`${JSON.stringify(wrong)} is not a header name`);
  const [main, other = ''] = names.map((name) => asciiLower(name)) as [string, string?];
  return ok(headerField(sourceOf, main, other, maxLength, options.decodesHeaders));
}

function headerField(
  sourceOf: SourceOf,
  main: string,
  other: string,
  maxLength: number | undefined,
  decodes: boolean,
): ReturnType<typeof textField> {
  return textField((view) => {
    const source = sourceOf(view);
    let value = firstValue(source, main);
    if (value === undefined) {
      if (other === '') return undefined;
      value = firstValue(source, other);
      if (value === undefined) return undefined;
    }
    // The length is that of bytes, so what is cut is cut before it becomes text.
    if (maxLength !== undefined) value = value.slice(0, maxLength);
    return decodes ? decodeBytes(value) : value;
  });
}
