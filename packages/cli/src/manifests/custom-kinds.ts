/** The kinds that the files themselves define, so that custom resources are checked beside their definitions. */
import { type AnyKind, builtinKinds, KindRegistry, kindOfCrd } from '@weft/api';
import type { ManifestItem } from '@weft/kube/manifest';
import { checkManifest } from './check-manifest.ts';

/** Kinds made of every valid CustomResourceDefinition among the items, except of kinds that Weft has built in. */
export function customKindsIn(items: readonly ManifestItem[]): KindRegistry {
  const kinds: AnyKind[] = [];
  for (const item of items) {
    if (item.kind !== 'object' || item.object.kind !== 'CustomResourceDefinition') continue;
    if (!checkManifest(item).isValid) continue;
    const kind = kindOfCrd(item.object);
    if (builtinKinds.byPlural(kind.group, kind.plural) === undefined) kinds.push(kind);
  }
  return new KindRegistry(kinds);
}
