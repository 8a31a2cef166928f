/**
 * Which objects of the user made a resource, in its metadata: logs, denials, rejections and `proxy-config` name them. `istio.config` is where
 * Istio's tools look for the first of them.
 */

import type { JsonObject } from '@bufbuild/protobuf';
import type { MetadataJson } from '@weft/proto/envoy/config/core/v3/base';
import type { MeshKind, ObjectRef, RuleRef } from '../mesh/model/index.ts';

/** Key of our own part of the metadata. */
export const PROVENANCE_KEY = 'weft';

/** Something of the user's that a resource comes from: an object, or a part of one. */
export type Source = ObjectRef | RuleRef;

/** Istio's path of an object begins with its group. */
const GROUPS: Partial<Record<MeshKind, string>> = {
  VirtualService: 'networking.istio.io/v1',
  DestinationRule: 'networking.istio.io/v1',
  Gateway: 'networking.istio.io/v1',
  ServiceEntry: 'networking.istio.io/v1',
  Sidecar: 'networking.istio.io/v1',
  EnvoyFilter: 'networking.istio.io/v1alpha3',
  PeerAuthentication: 'security.istio.io/v1',
  RequestAuthentication: 'security.istio.io/v1',
  AuthorizationPolicy: 'security.istio.io/v1',
  Telemetry: 'telemetry.istio.io/v1',
};

/** Metadata that names the sources, the most important first. `istio` is more that goes to Istio's part. */
export function provenance(sources: readonly Source[], istio: JsonObject = {}): MetadataJson {
  const config = sources
    .map(objectOf)
    .map(istioPath)
    .find((path) => path !== undefined);
  const istioPart: JsonObject = config === undefined ? istio : { config, ...istio };
  return {
    filterMetadata: {
      ...(Object.keys(istioPart).length === 0 ? {} : { istio: istioPart }),
      [PROVENANCE_KEY]: { sources: sources.map(tell) },
    },
  };
}

/** The object that a resource comes from first, as its metadata says; undefined when it names none. */
export function firstSource(metadata: MetadataJson | undefined): ObjectRef | undefined {
  const own = metadata?.filterMetadata?.[PROVENANCE_KEY] as { readonly sources?: readonly Told[] } | undefined;
  const first = own?.sources?.[0];
  if (first === undefined) return undefined;
  const { kind, namespace = '', name, generation } = first;
  return generation === undefined ? { kind, namespace, name } : { kind, namespace, name, generation };
}

/** A source as it stands in metadata. */
type Told = Omit<ObjectRef, 'namespace'> & Partial<Pick<ObjectRef, 'namespace'>>;

/** `/apis/networking.istio.io/v1/namespaces/default/virtual-service/reviews` */
export function istioPath({ kind, namespace, name }: ObjectRef): string | undefined {
  const group = GROUPS[kind];
  return group === undefined ? undefined : `/apis/${group}/namespaces/${namespace}/${kebab(kind)}/${name}`;
}

function objectOf(source: Source): ObjectRef {
  return 'object' in source ? source.object : source;
}

function tell(source: Source): JsonObject {
  const { kind, namespace, name, generation } = objectOf(source);
  return {
    kind,
    ...(namespace === '' ? {} : { namespace }),
    name,
    ...(generation === undefined ? {} : { generation }),
    ...('path' in source ? { path: source.path } : {}),
  };
}

function kebab(kind: string): string {
  return kind.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
}
