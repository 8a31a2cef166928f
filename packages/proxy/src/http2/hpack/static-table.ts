import { HeaderField } from './header-field.ts';
import { addCommonNames, addWellKnown, type HeaderName, INDEXING } from './header-name.ts';

/** RFC 7541 appendix A, in order from index 1; a space parts name and value. */
const ENTRIES = [
  ...[':authority', ':method GET', ':method POST', ':path /', ':path /index.html', ':scheme http', ':scheme https'],
  ...['200', '204', '206', '304', '400', '404', '500'].map((status) => `:status ${status}`),
  ...['accept-charset', 'accept-encoding gzip, deflate', 'accept-language', 'accept-ranges', 'accept'],
  ...['access-control-allow-origin', 'age', 'allow', 'authorization', 'cache-control', 'content-disposition'],
  ...['content-encoding', 'content-language', 'content-length', 'content-location', 'content-range', 'content-type'],
  ...['cookie', 'date', 'etag', 'expect', 'expires', 'from', 'host', 'if-match', 'if-modified-since', 'if-none-match'],
  ...['if-range', 'if-unmodified-since', 'last-modified', 'link', 'location', 'max-forwards', 'proxy-authenticate'],
  ...['proxy-authorization', 'range', 'referer', 'refresh', 'retry-after', 'server', 'set-cookie'],
  ...['strict-transport-security', 'transfer-encoding', 'user-agent', 'vary', 'via', 'www-authenticate'],
];

/** Last index of the static table; the dynamic table starts behind it. */
export const STATIC_LENGTH = ENTRIES.length;

/** The static table by index; index 0 is not used. */
export const STATIC_FIELDS: readonly (HeaderField | undefined)[] = [undefined, ...ENTRIES.map(toField)];
addCommonNames();

/** Key: name, then value. Written below, at load only. */
const byName = new Map<HeaderName, Map<string, HeaderField>>();
for (const field of STATIC_FIELDS) {
  if (field === undefined) continue;
  const values = byName.get(field.header) ?? new Map<string, HeaderField>();
  byName.set(field.header, values.set(field.value, field));
}

/** The entry of the static table with this name and value. */
export function staticField(header: HeaderName, value: string): HeaderField | undefined {
  return byName.get(header)?.get(value);
}

function toField(entry: string, position: number): HeaderField {
  const space = entry.indexOf(' ');
  const name = space < 0 ? entry : entry.slice(0, space);
  const header = addWellKnown(name, position + 1);
  return new HeaderField(header, space < 0 ? '' : entry.slice(space + 1), INDEXING.incremental, position + 1);
}
