/**
 * A value as JSON in one line, the members of objects in the order of their names, as Envoy writes them. It takes anything: what JSON has no
 * form for is null.
 */
export function jsonText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? 'null' : objectText(value);
    case 'undefined':
    case 'function':
    case 'symbol':
      return 'null';
  }
}

/** What needs no escapes; nearly every value of a log is that. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text as JSON. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function objectText(value: object): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const members = Object.entries(value).filter(([, each]) => each !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${jsonText(each)}`).join(',')}}`;
}
