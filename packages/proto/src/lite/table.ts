// The only file of the lite messages that needs Node. The table is a file and not a module because V8 would keep a module's source
// beside the string in it.
import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../gen/lite-table.txt', import.meta.url), 'latin1');

/** The JSON behind a name in the table, or undefined. The lines are sorted, so bisection finds one without an index in memory. */
export function lookup(name: string): string | undefined {
  // Names may come from the wire, and one with a space could match into the JSON behind a name.
  if (name.includes(' ')) return undefined;
  const wanted = `${name} `;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const start = text.lastIndexOf('\n', ((low + high) >>> 1) - 1) + 1;
    // The start of the line, of the same length; compared as a whole, since a loop would be long enough for V8 to optimize it.
    const found = text.slice(start, start + wanted.length);
    if (found === wanted) return text.slice(start + wanted.length, text.indexOf('\n', start));
    if (found < wanted) low = text.indexOf('\n', start) + 1;
    else high = start;
  }
  return undefined;
}

/** Every name in the table, of messages and enums. */
export function* names(): Iterable<string> {
  for (let start = 0; start < text.length; start = text.indexOf('\n', start) + 1) {
    yield text.slice(start, text.indexOf(' ', start));
  }
}
