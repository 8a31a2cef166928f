/** Names and numbers of HTTP and gRPC as mesh configuration may use them. */

/** The bare header name rule of mesh configuration, narrower than HTTP's token. */
const HEADER_NAME = /^[-_A-Za-z0-9]+$/;
/** Methods that a CORS policy may allow. */
export const HTTP_METHODS: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
];

/** Status names of gRPC, in order of their codes. */
export const GRPC_STATUSES: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** Conditions of retries beside status codes: those of x-envoy-retry-on and x-envoy-retry-grpc-on. */
export const RETRY_CONDITIONS: readonly string[] = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'envoy-ratelimited',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
];

const RETRY_SET: ReadonlySet<string> = new Set(RETRY_CONDITIONS);
const STATUS_CODE = /^[1-5]\d\d$/;

/** Assigned HTTP status codes (IANA's registry); retries may only name these. */
const ASSIGNED_STATUS: ReadonlySet<number> = new Set([
  100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400,
  401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425,
  426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
]);

/** What is wrong with the name of a header that is matched or exposed. */
export function headerNameProblem(name: string): string | undefined {
  if (name === '') return 'header name cannot be empty';
  return HEADER_NAME.test(name) ? undefined : `header name ${name} is not a valid header name`;
}

/** Whether the name is the host of a request under either of its names. */
export function isAuthorityHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === ':authority' || lower === 'host';
}

/** What is wrong with the name of a request header that is set or added; the authority may be. */
export function requestHeaderChangeProblem(name: string): string | undefined {
  if (name === '') return 'header name cannot be empty';
  if (name.startsWith(':') && !isAuthorityHeader(name)) return pseudoHeader(name);
  return undefined;
}

/** What is wrong with the name of a header that is removed, or changed in a response. */
export function headerChangeProblem(name: string): string | undefined {
  if (name === '') return 'header name cannot be empty';
  if (name.toLowerCase() === 'host') return `invalid header ${JSON.stringify(name)}: cannot set Host header`;
  return name.startsWith(':') ? pseudoHeader(name) : undefined;
}

/** What is wrong with a header value, in which `%NAME%` and `%NAME(args)%` are replaced by facts of the request. */
export function headerValueProblem(value: string): string | undefined {
  if (hasControlCharacter(value)) return `header value configuration ${value} is invalid`;
  if (!value.includes('%')) return undefined;
  const problem = commandProblem(value);
  return problem === undefined ? undefined : `header value configuration: invalid header configuration. ${problem}`;
}

/** Whether a condition of `retryOn` is known: a name or an assigned status code. */
export function isRetryCondition(text: string): boolean {
  return RETRY_SET.has(text) || (STATUS_CODE.test(text) && ASSIGNED_STATUS.has(Number(text)));
}

/** A tab is allowed; other control characters could end the header early. */
function hasControlCharacter(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true;
  }
  return false;
}

function pseudoHeader(name: string): string {
  return `invalid header ${JSON.stringify(name)}: header cannot have ":" prefix`;
}

/** Walks the commands of a value; arguments in brackets are a list of JSON strings, as the proxy reads them. */
function commandProblem(value: string): string | undefined {
  let at = 0;
  while (at < value.length) {
    const start = value.indexOf('%', at);
    if (start < 0) return undefined;
    if (start === value.length - 1) return 'Un-escaped %';
    if (value[start + 1] === '%') {
      at = start + 2;
      continue;
    }
    const end = commandEnd(value, start + 1);
    if (typeof end === 'string') return end;
    at = end;
  }
  return undefined;
}

/** The position after the command that starts at `from`, or what is wrong with it. */
function commandEnd(value: string, from: number): number | string {
  const unterminated = `Un-terminated variable expression '${value}'`;
  let at = from;
  while (at < value.length && value[at] !== '(') {
    if (value[at] === '%') return at + 1;
    at++;
  }
  if (at === value.length) return unterminated;
  at = skipSpaces(value, at + 1);
  const closed = value[at] === '[' ? listArgumentsEnd(value, at + 1) : plainArgumentEnd(value, at);
  if (typeof closed === 'string') return closed;
  if (closed < 0) return unterminated;
  at = skipSpaces(value, closed);
  if (at === value.length) return unterminated;
  return value[at] === '%' ? at + 1 : "Expecting '%' or whitespace after ')'";
}

function plainArgumentEnd(value: string, from: number): number {
  for (let at = from; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === ')') return at + 1;
  }
  return -1;
}

function listArgumentsEnd(value: string, from: number): number | string {
  let at = skipSpaces(value, from);
  for (;;) {
    if (at >= value.length) return -1;
    if (value[at] !== '"') return `Expecting '"'`;
    at = stringEnd(value, at + 1);
    if (at < 0) return -1;
    at = skipSpaces(value, at);
    if (value[at] === ',') at = skipSpaces(value, at + 1);
    else if (value[at] === ']') break;
    else return at >= value.length ? -1 : "Expecting ',', ']', or whitespace";
  }
  at = skipSpaces(value, at + 1);
  if (at >= value.length) return -1;
  return value[at] === ')' ? at + 1 : "Expecting ')' or whitespace after ']'";
}

function stringEnd(value: string, from: number): number {
  for (let at = from; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === '"') return at + 1;
  }
  return -1;
}

function skipSpaces(value: string, from: number): number {
  let at = from;
  while (value[at] === ' ') at++;
  return at;
}
