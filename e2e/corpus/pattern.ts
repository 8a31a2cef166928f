/**
 * Patterns for JSON: an object may have more fields than its pattern, an array has exactly as many items. Text such as
 * `<uid>` stands for any text of that form, `<anything>` for any value, and `{"<includes>": […]}` for an array that has a
 * fitting item for each given.
 */

/** JSON with placeholders. */
export type Pattern = string | number | boolean | null | readonly Pattern[] | { readonly [field: string]: Pattern };

/** Key of an array of which some items are given. */
export const INCLUDES = '<includes>';

const FORMS: Readonly<Record<string, string>> = {
  '<uid>': '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}',
  '<revision>': '[1-9]\\d*',
  '<time>': '\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?Z',
  '<age>': '(?:\\d+[smhdy]){1,2}',
  '<service-ip>': '10\\.96\\.\\d{1,3}\\.\\d{1,3}',
  '<token>': '[\\w-]+\\.[\\w-]+\\.[\\w-]+',
  '<suffix>': '[a-z0-9]{5}',
  '<text>': '[\\s\\S]+',
};
const FORM = new RegExp(`(${Object.keys(FORMS).join('|')})`);
const ANYTHING = '<anything>';

/** The first place where a value does not fit, in words; undefined when it fits. */
export function mismatch(pattern: Pattern, value: unknown, path = '$'): string | undefined {
  if (typeof pattern !== 'object' || pattern === null) return mismatchScalar(pattern, value, path);
  if (Array.isArray(pattern)) return mismatchArray(pattern as readonly Pattern[], value, path);
  const fields = pattern as Readonly<Record<string, Pattern>>;
  const included = fields[INCLUDES];
  if (included !== undefined) return mismatchIncludes(included as readonly Pattern[], value, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return differs(path, value, 'an object');
  for (const [field, wanted] of Object.entries(fields)) {
    const found = mismatch(wanted, (value as Record<string, unknown>)[field], `${path}.${field}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mismatchScalar(pattern: string | number | boolean | null, value: unknown, path: string): string | undefined {
  if (pattern === ANYTHING) return value === undefined ? differs(path, value, 'there') : undefined;
  const isFit = typeof pattern === 'string' && typeof value === 'string' ? hasForm(value, pattern) : value === pattern;
  return isFit ? undefined : differs(path, value, JSON.stringify(pattern));
}

function hasForm(text: string, pattern: string): boolean {
  if (!FORM.test(pattern)) return text === pattern;
  const source = pattern.split(FORM).map((part) => FORMS[part] ?? part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${source.join('')}$`).test(text);
}

function mismatchArray(pattern: readonly Pattern[], value: unknown, path: string): string | undefined {
  if (!Array.isArray(value)) return differs(path, value, 'an array');
  if (value.length !== pattern.length)
    return `${path} has ${value.length} items, not ${pattern.length}: ${brief(value)}`;
  for (const [index, wanted] of pattern.entries()) {
    const found = mismatch(wanted, value[index], `${path}[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mismatchIncludes(pattern: readonly Pattern[], value: unknown, path: string): string | undefined {
  if (!Array.isArray(value)) return differs(path, value, 'an array');
  const missing = pattern.find((wanted) => !value.some((item) => mismatch(wanted, item) === undefined));
  return missing === undefined ? undefined : `${path} has no item that fits ${brief(missing)}`;
}

function differs(path: string, value: unknown, wanted: string): string {
  return `${path} is ${brief(value)}, not ${wanted}`;
}

function brief(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
