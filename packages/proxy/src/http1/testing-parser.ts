/** A second parser for tests, as plain and as strict as can be: it must agree with ours about every byte that the proxy sends. */

/** A message as the plain parser finds it. */
export interface PlainMessage {
  /** The start line. */
  readonly start: string;
  /** Names in lower case. */
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
  readonly trailers: readonly (readonly [string, string])[];
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ (\/[!-"$-~]*|\*|[!-~]+:\d+) HTTP\/1\.1$/;
const STATUS_LINE = /^HTTP\/1\.[01] [1-9]\d\d [\t -~\x80-\xff]*$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?:([!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)[ \t]*)?$/;
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'host']);

/** The messages in `text`, all of which must be whole. `bodiless` tells for each response whether it has no body. Throws on anything doubtful. */
export function parsePlain(
  text: string,
  kind: 'request' | 'response',
  bodiless?: (index: number, status: number) => boolean,
): PlainMessage[] {
  const messages: PlainMessage[] = [];
  let rest = text;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`no end of a head: ${JSON.stringify(rest.slice(0, 200))}`);
    const [start = '', ...lines] = rest.slice(0, end).split('\r\n');
    if (!(kind === 'request' ? REQUEST_LINE : STATUS_LINE).test(start))
      throw new Error(`start line ${JSON.stringify(start)}`);
    const fields = fieldsOf(lines);
    rest = rest.slice(end + 4);
    const status = kind === 'response' ? Number(start.split(' ')[1]) : 0;
    const isBodiless = kind === 'response' && (status < 200 || bodiless?.(messages.length, status) === true);
    const taken = isBodiless ? { body: '', trailers: [], rest } : takeBody(fields, rest);
    messages.push({ start, fields, body: taken.body, trailers: taken.trailers });
    ({ rest } = taken);
  }
  return messages;
}

function fieldsOf(lines: readonly string[]): [string, string][] {
  const seen = new Set<string>();
  return lines.map((line) => {
    const match = FIELD.exec(line);
    if (match === null) throw new Error(`field line ${JSON.stringify(line)}`);
    const field = match[1]!.toLowerCase();
    if (FRAMING.has(field) && seen.has(field)) throw new Error(`more than one ${field}`);
    seen.add(field);
    return [field, match[2] ?? ''];
  });
}

function takeBody(fields: readonly (readonly [string, string])[], text: string) {
  const first = (name: string): string | undefined => fields.find(([field]) => field === name)?.[1];
  const coding = first('transfer-encoding');
  const length = first('content-length');
  if (coding !== undefined) {
    if (length !== undefined || coding !== 'chunked') throw new Error(`framing ${coding} and ${length}`);
    return takeChunks(text);
  }
  if (length === undefined) return { body: '', trailers: [], rest: text };
  if (!/^\d+$/.test(length) || Number(length) > text.length) throw new Error(`length ${length} of ${text.length}`);
  return { body: text.slice(0, Number(length)), trailers: [], rest: text.slice(Number(length)) };
}

function takeChunks(text: string) {
  let body = '';
  let rest = text;
  for (;;) {
    const match = /^([0-9a-f]+)\r\n/.exec(rest);
    if (match === null) throw new Error(`chunk ${JSON.stringify(rest.slice(0, 40))}`);
    const size = Number.parseInt(match[1]!, 16);
    rest = rest.slice(match[0].length);
    if (size === 0) break;
    if (rest.slice(size, size + 2) !== '\r\n') throw new Error('the chunk is not as long as it says');
    body += rest.slice(0, size);
    rest = rest.slice(size + 2);
  }
  if (rest.startsWith('\r\n')) return { body, trailers: [], rest: rest.slice(2) };
  const end = rest.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('no end of the trailers');
  const trailers = fieldsOf(rest.slice(0, end).split('\r\n'));
  const framing = trailers.find(([field]) => FRAMING.has(field));
  if (framing !== undefined) throw new Error(`${framing[0]} in the trailers`);
  return { body, trailers, rest: rest.slice(end + 4) };
}
