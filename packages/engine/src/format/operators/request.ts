/** Parts of the request: its path, its parameters and the name that it asks for. */
import { ok } from '@weft/core';
import { pathWithoutQuery } from '../../compile/matchers/path-matcher.ts';
import { queryValue } from '../../match/query-matcher.ts';
import { queryOf } from '../../route/conditions.ts';
import type { StreamView } from '../../view/stream-view.ts';
import {
  type FieldResult,
  type Operator,
  type OperatorCall,
  type OperatorContext,
  oneOf,
  orNone,
  textField,
} from '../operator.ts';
import { decodeBytes } from './header-value.ts';

type Read = (view: StreamView) => string | undefined;

/** Operators over the request. */
export const REQUEST_OPERATORS: readonly Operator[] = [
  {
    name: 'QUERY_PARAM',
    param: 'required',
    takesLength: true,
    keepsBytes: true,
    compile: ({ param, maxLength }, context) => ok(field((view) => parameterOf(view, param), maxLength, context)),
  },
  { name: 'QUERY_PARAMS', param: 'optional', takesLength: true, keepsBytes: true, compile: compileQuery },
  { name: 'PATH', param: 'optional', takesLength: true, keepsBytes: true, compile: compilePath },
  {
    name: 'REQUESTED_SERVER_NAME',
    param: 'optional',
    takesLength: false,
    keepsBytes: true,
    compile: compileServerName,
  },
];

function field(read: Read, maxLength: number | undefined, { options }: OperatorContext) {
  const cut: Read = maxLength === undefined ? read : (view) => read(view)?.slice(0, maxLength);
  if (!options.decodesHeaders) return textField(cut);
  return textField((view) => {
    const value = cut(view);
    return value === undefined ? undefined : decodeBytes(value);
  });
}

/**
 * The value of a parameter, decoded. Control characters stay encoded, other than in Envoy: a client could end the line of the log with them.
 */
function parameterOf({ request }: StreamView, name: string): string | undefined {
  const value = request === undefined ? undefined : queryValue(queryOf(request.path), name);
  return value?.replace(ESCAPED_PRINTABLE, decodeEscape);
}

function compileQuery({ param, maxLength }: OperatorCall, context: OperatorContext): FieldResult {
  const form = oneOf(param, ['ORIG', 'DECODED'], 'ORIG');
  if (form.kind === 'err') return form;
  const read: Read = ({ request }) => (request === undefined ? undefined : orNone(queryOf(request.path)));
  if (form.value === 'ORIG') return ok(field(read, maxLength, context));
  return ok(field((view) => read(view)?.replace(ESCAPED_PLAIN, decodeEscape), maxLength, context));
}

/** All but control characters. */
const ESCAPED_PRINTABLE = /%([2-689A-Fa-f][0-9A-Fa-f]|7[0-9A-Ea-e])/g;

/** What a query may hold by itself: neither control characters nor blanks, quotes, brackets and the like, nor what is not ASCII. */
const ESCAPED_PLAIN = /%(2[13-9A-Fa-f]|3[0-9ABDFabdf]|4[0-9A-Fa-f]|5[0-9ABDFabdf]|6[0-9A-Fa-f]|7[0-9AEae])/g;

/** Bytes for bytes, for a header's value has one character for each. */
function decodeEscape(_escape: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

function compilePath({ param, maxLength }: OperatorCall, context: OperatorContext): FieldResult {
  const [query = '', source = ''] = param.split(':');
  const form = oneOf(query, ['WQ', 'NQ'], 'WQ');
  if (form.kind === 'err') return form;
  const from = oneOf(source, ['ORIG', 'PATH', 'ORIG_OR_PATH'], 'ORIG_OR_PATH');
  if (from.kind === 'err') return from;
  const read = eitherHeader('x-envoy-original-path', ':path', PATH_SOURCES[from.value]);
  if (form.value === 'WQ') return ok(field(read, maxLength, context));
  return ok(
    field(
      (view) => {
        const path = read(view);
        return path === undefined ? undefined : pathWithoutQuery(path);
      },
      maxLength,
      context,
    ),
  );
}

/** Which of the original and the present value is read. */
type Either = 'original' | 'present' | 'originalOrPresent';

const PATH_SOURCES = { ORIG: 'original', PATH: 'present', ORIG_OR_PATH: 'originalOrPresent' } as const;
const HOST_SOURCES = { ORIG: 'original', HOST: 'present', ORIG_OR_HOST: 'originalOrPresent' } as const;

function eitherHeader(original: string, present: string, which: Either): Read {
  switch (which) {
    case 'original':
      return ({ request }) => request?.get(original);
    case 'present':
      return ({ request }) => request?.get(present);
    case 'originalOrPresent':
      return ({ request }) => request?.get(original) ?? request?.get(present);
  }
}

function compileServerName({ param }: OperatorCall, context: OperatorContext): FieldResult {
  const [first = '', source = ''] = param.split(':');
  const order = oneOf(first, ['SNI_ONLY', 'SNI_FIRST', 'HOST_FIRST'], 'SNI_ONLY');
  if (order.kind === 'err') return order;
  const from = oneOf(source, ['ORIG', 'HOST', 'ORIG_OR_HOST'], 'ORIG_OR_HOST');
  if (from.kind === 'err') return from;
  const host = eitherHeader('x-envoy-original-host', ':authority', HOST_SOURCES[from.value]);
  const sni: Read = ({ connection }) => orNone(connection.requestedServerName);
  switch (order.value) {
    case 'SNI_ONLY':
      return ok(field(sni, undefined, context));
    case 'SNI_FIRST':
      return ok(field((view) => sni(view) ?? host(view), undefined, context));
    case 'HOST_FIRST':
      return ok(field((view) => orNone(host(view)) ?? sni(view), undefined, context));
  }
}
