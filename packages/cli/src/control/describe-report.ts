/** What a folder of manifests did, in words. */
import path from 'node:path';
import type { FolderReport } from '@weft/control/ingest';

/** Objects of one run that are named; the rest is counted. */
const MOST_NAMED = 5;

/** Lines for the user, each problem with its place. */
export function describeReport(folder: string, { applied, deleted, problems }: FolderReport): string {
  const lines = [told('applied', applied), told('deleted', deleted)].flat();
  for (const { file, line, message } of problems) lines.push(`${path.join(folder, file)}:${line}: ${message}`);
  return lines.map((line) => `${line}\n`).join('');
}

function told(verb: string, ids: readonly string[]): readonly string[] {
  if (ids.length === 0) return [];
  const names = ids.slice(0, MOST_NAMED).map(nameOf).join(', ');
  const rest = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : '';
  return [`${verb} ${names}${rest}`];
}

/** `VirtualService shop/cart` of `networking.istio.io/VirtualService/shop/cart`. */
function nameOf(id: string): string {
  const [, kind, namespace, name] = id.split('/');
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
