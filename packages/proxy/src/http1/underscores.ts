import type { ScannedFields } from './scanned-fields.ts';
import type { Http1Stats } from './stats.ts';

/** What is done with names that contain `_`, which some servers take for `-` (HttpProtocolOptions.headers_with_underscores_action). */
export type UnderscoreAction = 'allow' | 'reject' | 'drop';

const UNDERSCORE = 95;

/** Drops fields whose name contains `_`; false if there is one that is to be refused. */
export function applyUnderscores(
  fields: ScannedFields,
  action: UnderscoreAction,
  stats: Http1Stats | undefined,
): boolean {
  if (action === 'allow') return true;
  const { scan, bytes } = fields;
  for (let row = 0; row < scan.fieldCount; row++) {
    if (!hasUnderscore(bytes, scan.nameStart(row), scan.nameEnd(row))) continue;
    if (action === 'reject') {
      if (stats !== undefined) stats.requestsRejectedWithUnderscoresInHeaders++;
      return false;
    }
    if (stats !== undefined) stats.droppedHeadersWithUnderscores++;
    fields.hide(row);
  }
  return true;
}

function hasUnderscore(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === UNDERSCORE) return true;
  return false;
}
