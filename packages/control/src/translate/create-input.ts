import {
  authorizationFor,
  effectiveMtls,
  envoyFiltersFor,
  type MeshProxy,
  type MeshSnapshot,
  mergedGateways,
  serviceTargets,
  sidecarScope,
} from '../mesh/index.ts';
import type { TranslationInput } from './input.ts';
import type { Memo } from './memo.ts';

/** Everything that the snapshot says about one proxy. */
export function createInput(snapshot: MeshSnapshot, proxy: MeshProxy, memo: Memo): TranslationInput {
  const isSidecar = proxy.type === 'sidecar';
  return Object.freeze({
    snapshot,
    proxy,
    scope: sidecarScope(snapshot, proxy),
    targets: isSidecar ? serviceTargets(snapshot, proxy) : [],
    mtls: effectiveMtls(snapshot, proxy),
    authorization: authorizationFor(snapshot, proxy),
    envoyFilters: envoyFiltersFor(snapshot, proxy),
    gateways: isSidecar ? undefined : mergedGateways(snapshot, proxy),
    memo,
  });
}
