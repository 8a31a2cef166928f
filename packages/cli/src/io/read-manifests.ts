import path from 'node:path';
import { findManifestFiles, type ManifestItem, parseManifests } from '@weft/kube/manifest';
import type { CliContext } from '../framework/context.ts';
import { readInput } from './read-input.ts';

/** Everything in files and folders, with its places as the user would name them; `-` is standard input. */
export async function readManifests(
  filenames: readonly string[],
  context: CliContext,
): Promise<readonly ManifestItem[]> {
  const items: ManifestItem[] = [];
  for (const file of await findManifestFiles(filenames)) {
    const shown = file === '-' ? '<stdin>' : path.relative(context.cwd, file) || file;
    items.push(...parseManifests(new TextDecoder().decode(await readInput(file, context)), shown));
  }
  return items;
}
