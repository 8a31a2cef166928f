/** The fields that an encoder sends for a head, whatever codec it came from. */
import { FieldHead, fieldOf, makeField } from '../http/field-head.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';
import { UNKNOWN_HEADER } from '../http/known-headers.ts';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields, statusField } from '../http/response-fields.ts';
import { type HeaderField, NAME_ROLE, nameOf } from './hpack/index.ts';

/** The fields gathered last; nothing in it outlives the call that follows. */
export const gathered: HeaderField[] = [];
let count = 0;

const CONNECT = makeField(':method', 'CONNECT');
const TE_TRAILERS = makeField('te', 'trailers');

/** Puts the fields of a request into `gathered`, pseudo-headers first, and returns how many they are. */
export function gatherRequest(head: RequestHead): number {
  count = 0;
  const isForeign = !(head instanceof RequestFields);
  const request = isForeign ? requestLineOf(head) : head;
  const { protocolField } = request;
  // RFC 8441: an upgrade is a CONNECT with :protocol.
  gathered[count++] = protocolField === undefined ? request.methodField : CONNECT;
  const isPlainConnect = protocolField === undefined && request.methodField.value === 'CONNECT';
  if (request.authorityField !== undefined) gathered[count++] = request.authorityField;
  if (!isPlainConnect) {
    if (request.schemeField !== undefined) gathered[count++] = request.schemeField;
    if (request.pathField !== undefined) gathered[count++] = request.pathField;
    if (protocolField !== undefined) gathered[count++] = protocolField;
  }
  gatherList(isForeign ? head : request);
  return count;
}

/** The same for a response; `asStatus` is sent instead of the head's own status, if it is not 0. */
export function gatherResponse(head: ResponseHead, asStatus: number): number {
  count = 0;
  if (asStatus !== 0) gathered[count++] = statusField(asStatus);
  else gathered[count++] = head instanceof ResponseFields ? head.statusField : statusField(head.status);
  gatherList(head);
  return count;
}

/** The same for trailers. */
export function gatherTrailers(trailers: FieldList): number {
  count = 0;
  gatherList(trailers);
  return count;
}

function requestLineOf(head: RequestHead): RequestFields {
  const { method, path, scheme, authority, protocol } = head;
  return RequestFields.of({ method, path, scheme: scheme === '' ? 'http' : scheme, authority, protocol });
}

function gatherList(list: FieldList): void {
  if (list instanceof FieldHead) {
    const { fields } = list;
    const { length } = fields;
    for (let i = 0; i < length; i++) {
      const field = fields[i]!;
      if (field.header.role <= NAME_ROLE.contentLength) gathered[count++] = field;
      else gatherSpecial(field.name, field.value);
    }
  } else list.forEach(gatherForeign);
}

function gatherForeign(name: string, value: string, id: number): void {
  // A known name has mostly the value that it had last.
  const field = id === UNKNOWN_HEADER ? fieldOf(nameOf(name), value) : makeField(name, value);
  if (field.header.role <= NAME_ROLE.contentLength) gathered[count++] = field;
  else gatherSpecial(name, value);
}

/** Fields that concern one hop (RFC 9113 §8.2.2), and `host`, which left as `:authority`. */
function gatherSpecial(name: string, value: string): void {
  if (nameOf(name).role === NAME_ROLE.te && value.toLowerCase().split(',').some(isTrailers))
    gathered[count++] = TE_TRAILERS;
}

function isTrailers(coding: string): boolean {
  return coding.trim() === 'trailers';
}
