/**
 * What makes a message well-formed (RFC 9113 §8.1 to §8.5), and heads from decoded fields. What passes here can be written as HTTP/1 without a
 * byte that could end a line or a target.
 */
import { FieldHead, makeField } from '../http/field-head.ts';
import { RequestFields } from '../http/request-fields.ts';
import { ResponseFields } from '../http/response-fields.ts';
import { AUTHORITY_BYTE, HTAB, SP, TARGET_BYTE, TOKEN_BYTE, VALUE_BYTE } from '../http1/bytes.ts';
import { Fault, type Http2Fault } from './fault.ts';
import { HeaderField, INDEXING, NAME_ROLE, nameOf } from './hpack/index.ts';

/** What is done with field names that hold an underscore (Envoy's HeadersWithUnderscoresAction). */
export type UnderscoreAction = 'allow' | 'reject' | 'drop';

/** What a check leaves beside its head; one object serves all, each call overwrites it. */
export interface HeadFacts {
  /** Value of content-length, or -1. */
  contentLength: number;
  /** Fields with underscores that were dropped. */
  droppedFields: number;
  fault: Http2Fault;
}

/** 15 digits are exact in a double with room to add to. */
const MAX_LENGTH_DIGITS = 15;

const VALID = 1;
const INVALID = 2;

/** Each finds a character that its table does not allow. Searching by a pattern is several times as quick as a loop over the characters. */
const NO_TOKEN = outside(TOKEN_BYTE);
const NO_TARGET = outside(TARGET_BYTE);
const NO_AUTHORITY = outside(AUTHORITY_BYTE);
const NO_VALUE = outside(VALUE_BYTE);

const SCHEME = /^[a-z][a-z0-9+.-]*$/i;

/** What stands for the method while none has been seen. */
const NO_METHOD = new HeaderField(nameOf(':method'), '', INDEXING.none);

/** See HeadFacts. */
export const headFacts: HeadFacts = { contentLength: -1, droppedFields: 0, fault: Fault.invalidName };

/** The request in the first `count` of `decoded`, or undefined: headFacts.fault says why. */
export function requestOf(
  decoded: readonly HeaderField[],
  count: number,
  underscores: UnderscoreAction,
  allowsConnect: boolean,
): RequestFields | undefined {
  const fields: HeaderField[] = [];
  const head = new RequestFields(fields, NO_METHOD, undefined, undefined, undefined, undefined);
  let host: HeaderField | undefined;
  let isBehindPseudo = false;
  headFacts.contentLength = -1;
  headFacts.droppedFields = 0;
  for (let i = 0; i < count; i++) {
    const field = decoded[i]!;
    if (field.valueCheck !== VALID && !isValueValid(field)) return refuse(faultOfValue(field));
    const { role } = field.header;
    if (role === NAME_ROLE.regular) {
      isBehindPseudo = true;
      fields.push(field);
      continue;
    }
    let fault: Http2Fault | undefined;
    if (role >= NAME_ROLE.method) fault = isBehindPseudo ? Fault.latePseudo : setPseudo(head, field);
    else {
      isBehindPseudo = true;
      if (role !== NAME_ROLE.host) fault = addSpecial(fields, field, underscores);
      else if (host !== undefined) fault = Fault.severalHosts;
      else host = field;
    }
    if (fault !== undefined) return refuse(fault);
  }
  const fault = applyHost(head, host) ?? checkRequestLine(head, allowsConnect);
  return fault === undefined ? head : refuse(fault);
}

/** The response in the first `count` of `decoded`, or undefined: headFacts.fault says why. */
export function responseOf(
  decoded: readonly HeaderField[],
  count: number,
  underscores: UnderscoreAction,
): ResponseFields | undefined {
  const status = count > 0 ? decoded[0]! : undefined;
  if (status === undefined || status.header.role !== NAME_ROLE.status) return refuse(Fault.missingPseudo);
  if (!isValueValid(status)) return refuse(Fault.invalidPseudo);
  const fields: HeaderField[] = [];
  const fault = collectRegular(decoded, 1, count, fields, underscores);
  return fault === undefined ? new ResponseFields(fields, status) : refuse(fault);
}

/** The trailers in the first `count` of `decoded`, or undefined: headFacts.fault says why. */
export function trailersOf(
  decoded: readonly HeaderField[],
  count: number,
  underscores: UnderscoreAction,
): FieldHead | undefined {
  const fields: HeaderField[] = [];
  const fault = collectRegular(decoded, 0, count, fields, underscores);
  return fault === undefined ? new FieldHead(fields) : refuse(fault);
}

function refuse(fault: Http2Fault): undefined {
  headFacts.fault = fault;
  return undefined;
}

function collectRegular(
  decoded: readonly HeaderField[],
  start: number,
  count: number,
  fields: HeaderField[],
  underscores: UnderscoreAction,
): Http2Fault | undefined {
  headFacts.contentLength = -1;
  headFacts.droppedFields = 0;
  for (let i = start; i < count; i++) {
    const field = decoded[i]!;
    if (field.valueCheck !== VALID && !isValueValid(field)) return faultOfValue(field);
    const { role } = field.header;
    if (role === NAME_ROLE.regular || role === NAME_ROLE.host) fields.push(field);
    else if (role >= NAME_ROLE.method) return role === NAME_ROLE.status ? Fault.duplicatePseudo : Fault.unknownPseudo;
    else {
      const fault = addSpecial(fields, field, underscores);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

/** Takes a pseudo-header, of which there may be one each. */
function setPseudo(head: RequestFields, field: HeaderField): Http2Fault | undefined {
  const role: number = field.header.role;
  let earlier: HeaderField | undefined;
  switch (role) {
    case NAME_ROLE.method:
      earlier = head.methodField === NO_METHOD ? undefined : head.methodField;
      head.methodField = field;
      break;
    case NAME_ROLE.path:
      earlier = head.pathField;
      head.pathField = field;
      break;
    case NAME_ROLE.scheme:
      earlier = head.schemeField;
      head.schemeField = field;
      break;
    case NAME_ROLE.authority:
      earlier = head.authorityField;
      head.authorityField = field;
      break;
    case NAME_ROLE.protocol:
      earlier = head.protocolField;
      head.protocolField = field;
      break;
    default:
      return Fault.unknownPseudo;
  }
  return earlier === undefined ? undefined : Fault.duplicatePseudo;
}

/** `host` stands in for `:authority`, and may not say anything else. */
function applyHost(head: RequestFields, host: HeaderField | undefined): Http2Fault | undefined {
  if (host === undefined) return undefined;
  // Of two different ones, one would decide about the route and the other about what the upstream serves.
  if (head.authorityField !== undefined) return head.authority === host.value ? undefined : Fault.hostMismatch;
  if (host.value !== '') head.authorityField = makeField(':authority', host.value);
  return undefined;
}

/** Fields with rules of their own. */
function addSpecial(fields: HeaderField[], field: HeaderField, underscores: UnderscoreAction): Http2Fault | undefined {
  const role: number = field.header.role;
  switch (role) {
    case NAME_ROLE.contentLength: {
      if (headFacts.contentLength >= 0) return Fault.severalLengths;
      const length = lengthOf(field.value);
      if (length < 0) return Fault.invalidLength;
      headFacts.contentLength = length;
      break;
    }
    case NAME_ROLE.te:
      // §8.2.2: the only value there may be.
      if (field.value !== 'trailers') return Fault.connectionField;
      break;
    case NAME_ROLE.underscore:
      if (underscores === 'reject') return Fault.underscore;
      if (underscores === 'drop') {
        headFacts.droppedFields++;
        return undefined;
      }
      break;
    case NAME_ROLE.connectionSpecific:
      return Fault.connectionField;
    case NAME_ROLE.unknownPseudo:
      return Fault.unknownPseudo;
    default:
      return Fault.invalidName;
  }
  fields.push(field);
  return undefined;
}

/** §8.3.1 and §8.5, RFC 8441 §4. */
function checkRequestLine(head: RequestFields, allowsConnect: boolean): Http2Fault | undefined {
  if (head.methodField === NO_METHOD) return Fault.missingPseudo;
  const isConnect = head.method === 'CONNECT';
  if (head.protocolField !== undefined) {
    if (!isConnect) return Fault.unknownPseudo;
    if (!allowsConnect) return Fault.connectNotEnabled;
  } else if (isConnect) {
    const isPlain = head.schemeField === undefined && head.pathField === undefined && head.authority !== '';
    return isPlain ? undefined : Fault.invalidConnect;
  }
  const path = head.pathField;
  if (path === undefined || head.schemeField === undefined) return Fault.missingPseudo;
  if (path.value.charCodeAt(0) !== 47 && !(path.value === '*' && head.method === 'OPTIONS')) return Fault.invalidPseudo;
  return head.authority === '' ? Fault.missingAuthority : undefined;
}

/** The number, or -1 if it is none. */
function lengthOf(text: string): number {
  const { length } = text;
  if (length === 0 || length > MAX_LENGTH_DIGITS) return -1;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function faultOfValue(field: HeaderField): Http2Fault {
  return field.header.role >= NAME_ROLE.method ? Fault.invalidPseudo : Fault.invalidValue;
}

function isValueValid(field: HeaderField): boolean {
  if (field.valueCheck === 0) field.valueCheck = checkValue(field) ? VALID : INVALID;
  return field.valueCheck === VALID;
}

function checkValue({ header, value }: HeaderField): boolean {
  const role: number = header.role;
  switch (role) {
    case NAME_ROLE.method:
    case NAME_ROLE.protocol:
      return value.length > 0 && !NO_TOKEN.test(value);
    case NAME_ROLE.path:
      return value.length > 0 && !NO_TARGET.test(value);
    case NAME_ROLE.scheme:
      return SCHEME.test(value);
    case NAME_ROLE.authority:
    case NAME_ROLE.host:
      return !NO_AUTHORITY.test(value);
    case NAME_ROLE.status:
      return value.length === 3 && lengthOf(value) >= 100;
    default:
      return isFieldValue(value);
  }
}

function outside(table: Uint8Array): RegExp {
  let allowed = '';
  for (let byte = 0; byte < table.length; byte++) {
    if (table[byte] !== 0) allowed += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return new RegExp(`[^${allowed}]`);
}

/** §8.2.1 forbids white space at the ends too. */
function isFieldValue(value: string): boolean {
  const { length } = value;
  if (length === 0) return true;
  if (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(length - 1))) return false;
  return !NO_VALUE.test(value);
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB;
}
