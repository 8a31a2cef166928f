import { tableText as text } from './table-text.ts';

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

/** True if the JSON behind a name is a message's, which begins with a number; an enum's begins with a list. */
export function isMessageJson(json: string): boolean {
  return !json.startsWith('[[');
}

/** The names of all messages. */
export function* messageNames(): Iterable<string> {
  for (let start = 0; start < text.length; start = text.indexOf('\n', start) + 1) {
    const space = text.indexOf(' ', start);
    if (!text.startsWith('[[', space + 1)) yield text.slice(start, space);
  }
}
