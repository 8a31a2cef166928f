/** One patch of an EnvoyFilter, and which proxies it is for. */
import { compileRegex } from '@weft/engine';
import type { EnvoyFilterIr, MeshProxy, RuleRef } from '../../mesh/index.ts';

type PatchSpec = NonNullable<EnvoyFilterIr['spec']['configPatches']>[number];

/** What a patch is to be done with. */
export type Operation = Exclude<NonNullable<NonNullable<PatchSpec['patch']>['operation']>, 'INVALID'>;
/** What a patch names. */
export type PatchMatch = NonNullable<PatchSpec['match']>;
/** The side of a proxy that something is on. */
export type Side = 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND' | 'GATEWAY';

/** See the file's head. */
export interface Patch {
  readonly applyTo: NonNullable<PatchSpec['applyTo']>;
  readonly operation: Operation;
  readonly match: PatchMatch;
  /** As the user wrote it. */
  readonly value: unknown;
  readonly filterClass: NonNullable<NonNullable<PatchSpec['patch']>['filterClass']>;
  readonly source: RuleRef;
  /** The object of the user: its identity stands for the patch. */
  readonly spec: object;
}

/** The patches for a proxy in the order of their application. */
export function patchesFor(filters: readonly EnvoyFilterIr[], proxy: MeshProxy): readonly Patch[] {
  return filters.flatMap(({ ref, spec }) =>
    (spec.configPatches ?? []).flatMap((given, i): readonly Patch[] => {
      const { applyTo = 'INVALID', match = {}, patch } = given;
      const operation = patch?.operation ?? 'INVALID';
      if (applyTo === 'INVALID' || operation === 'INVALID' || !isForProxy(match, proxy)) return [];
      const source = { object: ref, path: `spec.configPatches[${i}]` };
      const filterClass = patch?.filterClass ?? 'UNSPECIFIED';
      return [{ applyTo, operation, match, value: patch?.value, filterClass, source, spec: given }];
    }),
  );
}

/** Whether the patch is for something on this side. */
export function isOnSide({ match: { context = 'ANY' } }: Patch, side: Side): boolean {
  return context === 'ANY' || context === side;
}

function isForProxy({ context = 'ANY', proxy: wanted }: PatchMatch, { type, metadata }: MeshProxy): boolean {
  const isGateway = type === 'router';
  if (context !== 'ANY' && (context === 'WAYPOINT' || (context === 'GATEWAY') !== isGateway)) return false;
  const { proxyVersion = '', metadata: wantedMetadata = {} } = wanted ?? {};
  if (proxyVersion !== '' && !matchesVersion(proxyVersion, metadata['ISTIO_VERSION'])) return false;
  return Object.entries(wantedMetadata).every(([key, value]) => metadata[key] === value);
}

/** Anywhere in the version, as Istio has it. */
function matchesVersion(regex: string, version: unknown): boolean {
  const compiled = compileRegex(regex, '');
  return compiled.kind === 'ok' && typeof version === 'string' && compiled.value.search(version);
}
