/** A template: what it gets, and what it gives. */
import type { istio } from '@weft/api';
import type { InjectionValues } from '../injection-values.ts';
import type { PodLike, PodOverlay } from '../pod-types.ts';
import type { ProgramWords } from '../program-words.ts';
import type { SidecarSettings } from '../sidecar-settings.ts';
import type { Workload } from '../workload-of.ts';

/** What a template may look at. All of it is frozen in meaning: a template changes nothing. */
export interface TemplateInput {
  /** The pod as its user wrote it, without what an earlier injection added. */
  readonly pod: PodLike;
  readonly namespace: string;
  readonly workload: Workload;
  readonly revision: string;
  readonly settings: SidecarSettings;
  readonly values: InjectionValues;
  readonly mesh: istio.mesh.MeshConfig;
  readonly proxyConfig: istio.mesh.MeshProxyConfig;
  /** The proxy is a native sidecar. */
  readonly isNative: boolean;
  /** Name of the cluster and its network, as the webhook's address or the values say. */
  readonly clusterName: string;
  readonly network: string;
  readonly program: ProgramWords;
}

/** Makes the part of a pod that is merged into it, as a strategic merge patch. */
export type InjectionTemplate = (input: TemplateInput) => PodOverlay;
