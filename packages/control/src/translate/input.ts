/** What translation reads. */
import type {
  EffectiveAuthorization,
  EffectiveMtls,
  EnvoyFilterIr,
  MergedGateways,
  MeshProxy,
  MeshSnapshot,
  ServiceTarget,
  SidecarScope,
} from '../mesh/model/index.ts';
import type { Memo } from './memo.ts';

/** One proxy in one snapshot, with what the mesh says about it. Frozen; translation is a function of it. */
export interface TranslationInput {
  readonly snapshot: MeshSnapshot;
  readonly proxy: MeshProxy;
  /** What the proxy can see. Gateways have one, too: it is that of their namespace without a Sidecar. */
  readonly scope: SidecarScope;
  /** What the workload beside a sidecar serves; empty for gateways. */
  readonly targets: readonly ServiceTarget[];
  /** Whether clients of the workload may or must speak mutual TLS. */
  readonly mtls: EffectiveMtls;
  readonly authorization: EffectiveAuthorization;
  /** Those that select the proxy, in the order of their application. */
  readonly envoyFilters: readonly EnvoyFilterIr[];
  /** Absent for sidecars. */
  readonly gateways: MergedGateways | undefined;
  /** Shared by all proxies. */
  readonly memo: Memo;
}
