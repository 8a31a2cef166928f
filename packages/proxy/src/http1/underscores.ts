import type { ScannedFields } from './scanned-fields.ts';

/** What is done with names that contain `_`, which some servers take for `-` (HttpProtocolOptions.headers_with_underscores_action). */
export type UnderscoreAction = 'allow' | 'reject' | 'drop';

const UNDERSCORE = 95;

/** Drops fields whose name contains `_`; false if there is one that is to be refused. */
export function applyUnderscores(fields: ScannedFields, action: UnderscoreAction): boolean {
  const { scan, bytes } = fields;
  const dropped: string[] = [];
  for (let row = 0; row < scan.fieldCount; row++) {
    const start = scan.nameStart(row);
    const at = bytes.indexOf(UNDERSCORE, start);
    if (at < 0 || at >= scan.nameEnd(row)) continue;
    if (action === 'reject') return false;
    dropped.push(bytes.toString('latin1', start, scan.nameEnd(row)).toLowerCase());
  }
  for (const name of dropped) fields.remove(name);
  return true;
}
