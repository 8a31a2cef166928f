// The only file of the lite messages that needs Node. The table is a file and not a module because V8 would keep a module's source
// beside the string in it.
import { readFileSync } from 'node:fs';

/** The table of all messages and enums; see table-format.ts. */
export const tableText = readFileSync(new URL('../gen/lite-table.txt', import.meta.url), 'latin1');
