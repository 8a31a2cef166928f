/** What one refusal of the HTTP/1.1 codec means to the peer and to whoever reads the log. */
export interface WireErrorInfo {
  /** The name used in response code details. */
  readonly name: string;
  /** One sentence for people. */
  readonly description: string;
  /** The status a request with this fault is answered with. */
  readonly status: number;
}

/** Every reason for which a message is refused; the keys of WireError. A code is the place in this list plus one. */
const CATALOGUE = {
  bareLf: [400, 'a line feed is not preceded by a carriage return'],
  bareCr: [400, 'a carriage return is not followed by a line feed'],
  controlCharacter: [400, 'a control character or NUL is in a field name, a field value or the reason phrase'],
  leadingEmptyLines: [400, 'more than one empty line stands before the request line'],
  invalidMethod: [400, 'the method is empty or holds a byte that is not allowed in a token'],
  invalidTarget: [400, 'the request target is empty, holds a forbidden byte or has a form its method does not allow'],
  fragmentInTarget: [400, 'the request target has a fragment, which is not sent (RFC 9112 §3.2)'],
  targetTooLong: [414, 'the request target is longer than the limit'],
  badVersion: [400, 'the protocol version is not HTTP/1.0 or HTTP/1.1'],
  unsupportedVersion: [426, 'the protocol version is none that is spoken here: HTTP/1.0, HTTP/1.1'],
  invalidStatusLine: [502, 'the status line does not have a three-digit status from 100 to 999'],
  obsFold: [400, 'a line of the head starts with white space (obsolete line folding)'],
  whitespaceBeforeColon: [400, 'white space is inside a field name or between it and the colon'],
  emptyName: [400, 'a field line has no name before the colon'],
  invalidName: [400, 'a field name holds a byte that is not allowed in a token'],
  missingColon: [400, 'a field line has no colon'],
  headTooLarge: [431, 'the head is larger than the limit'],
  tooManyFields: [431, 'the head has more fields than the limit'],
  missingHost: [400, 'an HTTP/1.1 request has no Host field'],
  severalHosts: [400, 'the request has more than one Host field'],
  invalidHost: [400, 'the Host field holds a byte that is not allowed in host[:port]'],
  invalidContentLength: [400, 'the Content-Length is not one plain decimal number'],
  contentLengthOverflow: [400, 'the Content-Length has more than 15 digits'],
  duplicateContentLength: [400, 'there is more than one Content-Length field'],
  lengthAndTransferCoding: [400, 'the message has both Content-Length and Transfer-Encoding'],
  chunkedNotFinal: [400, 'the transfer coding does not end in chunked, or chunked is not its last and only use'],
  unknownTransferCoding: [501, 'the transfer coding is not known'],
  unsupportedTransferCoding: [501, 'a transfer coding other than chunked is applied to the message'],
  transferCodingInHttp10: [400, 'an HTTP/1.0 message has a Transfer-Encoding'],
  invalidChunkSize: [400, 'a chunk size is not a plain hexadecimal number'],
  chunkSizeOverflow: [400, 'a chunk size has more than 15 digits'],
  invalidChunkExtension: [400, 'a chunk extension holds a control character'],
  chunkExtensionTooLarge: [400, 'the chunk extensions of one body are larger than the limit'],
  chunkNotTerminated: [400, 'the data of a chunk is not followed by CRLF'],
  forbiddenTrailer: [400, 'a field that concerns framing, routing, authentication or the content is in the trailers'],
  contentInConnect: [400, 'a CONNECT request has content'],
  tooManyInformational: [502, 'a request has more informational responses than the limit'],
  unexpectedSwitch: [502, 'the response switches protocols though the request did not ask for it'],
} as const satisfies Record<string, readonly [number, string]>;

/** The name of a refusal. */
export type WireErrorName = keyof typeof CATALOGUE;

const NAMES = Object.keys(CATALOGUE) as WireErrorName[];

/** The code of each refusal, a positive number; parsers return it negated. */
export const WireError = Object.fromEntries(NAMES.map((name, index) => [name, index + 1])) as Readonly<
  Record<WireErrorName, number>
>;

/** Every refusal in the order of the codes, for tables and documents. */
export const WIRE_ERRORS: readonly WireErrorInfo[] = NAMES.map((name) => {
  const [status, description] = CATALOGUE[name];
  return { name, description, status };
});

/** What a code (positive, or negated as parsers return it) means. */
export function wireErrorInfo(code: number): WireErrorInfo {
  const info = WIRE_ERRORS[Math.abs(code) - 1];
  if (info === undefined) throw new RangeError(`${code} is no code of the HTTP/1.1 codec`);
  return info;
}
