// The only file of the lite messages that needs Node. The table is a file and not a module because V8 would keep a module's source
// beside the string in it.
import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../gen/lite-table.txt', import.meta.url), 'latin1');

/** The JSON behind a name in the table, or undefined. The lines are sorted, so bisection finds one without an index in memory. */
export function lookup(name: string): string | undefined {
  if (!FULL_NAME.test(name)) return undefined;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = text.lastIndexOf('\n', middle - 1) + 1;
    const order = compareAt(start, name);
    if (order === 0) return text.slice(start + name.length + 1, text.indexOf('\n', start));
    if (order < 0) low = text.indexOf('\n', start) + 1;
    else high = start;
  }
  return undefined;
}

/** Names may come from the wire; one with a space could match into the JSON behind a name. */
const FULL_NAME = /^[\w.]+$/;

/** Every name in the table, of messages and enums. */
export function* names(): Iterable<string> {
  for (let start = 0; start < text.length; start = text.indexOf('\n', start) + 1) {
    yield text.slice(start, text.indexOf(' ', start));
  }
}

/** Below 0 if the name at the start of a line sorts before the given one; names have no characters below the space that ends them. */
function compareAt(start: number, name: string): number {
  for (let i = 0; i < name.length; i++) {
    const difference = text.charCodeAt(start + i) - name.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return text.charCodeAt(start + name.length) === 0x20 ? 0 : 1;
}
