/**
 * JSON data as block YAML. Written here because answers may hold thousands of objects: a general library takes seconds for
 * what this does in the time that JSON takes, and every other client waits for it.
 */

/** Texts that every YAML reader takes as texts without quotes: words, paths, host names. */
const PLAIN = /^[A-Za-z/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*$/;
/** What readers of YAML 1.1 or 1.2 take for something else. */
const SPECIAL = /^(?:true|false|yes|no|on|off|y|n|null)$/i;
/** JSON leaves them as they are, YAML does not allow them or folds them. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** The text of a JSON value. */
export function toYaml(value: unknown): string {
  const lines: string[] = [];
  if (isCollection(value)) writeCollection(value, '', lines);
  else lines.push(scalar(value));
  return `${lines.join('\n')}\n`;
}

type Collection = readonly unknown[] | Readonly<Record<string, unknown>>;

/** Empty lists and objects have no block form. */
function isCollection(value: unknown): value is Collection {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function writeCollection(value: Collection, indent: string, lines: string[]): void {
  if (Array.isArray(value)) {
    for (const item of value) writeItem(item, indent, lines);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const head = `${indent}${text(key)}:`;
    if (!isCollection(member)) lines.push(`${head} ${scalar(member)}`);
    else {
      lines.push(head);
      // As Kubernetes writes it: the items of a list stand below its name without a further indent.
      writeCollection(member, Array.isArray(member) ? indent : `${indent}  `, lines);
    }
  }
}

/** The first line of an item stands behind the dash. */
function writeItem(item: unknown, indent: string, lines: string[]): void {
  if (!isCollection(item)) {
    lines.push(`${indent}- ${scalar(item)}`);
    return;
  }
  const at = lines.length;
  const inner = `${indent}  `;
  writeCollection(item, inner, lines);
  lines[at] = `${indent}- ${lines[at]!.slice(inner.length)}`;
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return '[]';
  return typeof value === 'object' && value !== null ? '{}' : JSON.stringify(value ?? null);
}

function text(value: string): string {
  if (PLAIN.test(value) && !SPECIAL.test(value)) return value;
  return JSON.stringify(value).replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
