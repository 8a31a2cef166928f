import type { AnyKind } from '../../kind/index.ts';
import { destinationRule } from './destination-rule.ts';
import { envoyFilter } from './envoy-filter.ts';
import { gateway } from './gateway.ts';
import { proxyConfig } from './proxy-config.ts';
import { serviceEntry } from './service-entry.ts';
import { sidecar } from './sidecar.ts';
import { virtualService } from './virtual-service.ts';
import { workloadEntry } from './workload-entry.ts';
import { workloadGroup } from './workload-group.ts';

/** The kinds of networking.istio.io, in discovery order. */
export const networkingIstioKinds: readonly AnyKind[] = [
  virtualService,
  destinationRule,
  gateway,
  serviceEntry,
  sidecar,
  workloadEntry,
  workloadGroup,
  envoyFilter,
  proxyConfig,
];
