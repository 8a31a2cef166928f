/** What the metadata of a cluster says: where it comes from, and what telemetry of Istio reads of its service. */
import type { JsonObject } from '@bufbuild/protobuf';
import type { MetadataJson } from '@weft/proto/envoy/config/core/v3/base';
import type { DestinationRuleIr, MeshService, MeshServicePort, RuleRef, SubsetIr } from '../../mesh/index.ts';
import { provenance, type Source } from '../provenance.ts';
import type { EffectivePolicy } from './traffic-policy.ts';

/** What a cluster is made of. */
export interface ClusterOrigin {
  readonly service: MeshService;
  readonly port: MeshServicePort;
  readonly rule: DestinationRuleIr | undefined;
  readonly subset: SubsetIr | undefined;
  readonly policy: EffectivePolicy;
}

/** Metadata of an outbound cluster: `istio.config` is the DestinationRule, and nothing else. */
export function outboundMetadata({ service, port, rule, subset, policy }: ClusterOrigin): MetadataJson {
  const { tls } = policy.spec;
  const bringsOwnTls = tls?.mode === 'SIMPLE' || tls?.mode === 'MUTUAL';
  const istio: JsonObject = {
    services: [serviceMetadata(service)],
    default_original_port: port.number,
    ...(service.isMeshExternal ? { external: true } : {}),
    ...(subset === undefined ? {} : { subset: subset.name }),
    ...(bringsOwnTls ? { alpn_override: 'false' } : {}),
  };
  const metadata = provenance([...ruleSources(rule, subset, policy), ...serviceSources(service, port)], istio);
  return rule === undefined ? withoutConfig(metadata) : metadata;
}

/** Metadata of the cluster of a port that the workload serves. */
export function inboundMetadata(
  targets: readonly { readonly service: MeshService; readonly port: MeshServicePort }[],
  others: readonly Source[],
): MetadataJson {
  const services = [...new Set(targets.map(({ service }) => service))];
  const sources = targets.flatMap(({ service, port }) => serviceSources(service, port));
  const metadata = provenance([...others, ...sources], { services: services.map(serviceMetadata) });
  return others.length === 0 ? withoutConfig(metadata) : metadata;
}

function serviceMetadata({ hostname, name, namespace }: MeshService): JsonObject {
  return { host: hostname, name, namespace };
}

function serviceSources({ sources }: MeshService, { path }: MeshServicePort): readonly Source[] {
  return sources.map((object, i) => (i === 0 ? { object, path } : object));
}

/** The subset, the parts of policies that count, and the rule itself when none of them is there. */
function ruleSources(
  rule: DestinationRuleIr | undefined,
  subset: SubsetIr | undefined,
  { places }: EffectivePolicy,
): readonly Source[] {
  if (rule === undefined) return [];
  const parts: RuleRef[] = [...(subset === undefined ? [] : [subset.source]), ...Object.values(places)];
  return parts.length === 0 ? [rule.sources[0]!] : parts;
}

/** Istio's tools show the object there as the DestinationRule. */
function withoutConfig(metadata: MetadataJson): MetadataJson {
  const { config: _config, ...istio } = metadata.filterMetadata?.['istio'] ?? {};
  return { ...metadata, filterMetadata: { ...metadata.filterMetadata, istio } };
}
