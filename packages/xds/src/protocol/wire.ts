// The only file that knows how messages of the discovery service become bytes. Resources stay bytes: who compiles them decodes them.
import { err, ok, type Result } from '@weft/core';
import type {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
  DiscoveryRequest,
  DiscoveryResponse,
  Resource,
} from '@weft/proto/envoy/service/discovery/v3/discovery';
import type { Status } from '@weft/proto/google/rpc/status';
import { create, decode, encode, Problems } from '@weft/proto/lite';
import type {
  AnyBytes,
  DeltaResponse,
  SotwResponse,
  StatusDetail,
  WireResource,
  XdsNode,
  XdsRequest,
  XdsResponse,
  XdsVariant,
} from './messages.ts';

/** The type of the wrapper that gives a resource a name, a version and a time to live. */
export const RESOURCE_WRAPPER_URL = 'type.googleapis.com/envoy.service.discovery.v3.Resource';

const DISCOVERY = 'envoy.service.discovery.v3';

/** Servers may be newer than this client: what it does not know in their envelopes is theirs. */
const lenient = { unknownFields: 'ignore' } as const;

/** Encodes a request; the node is left out where the stream has had it already. */
export function encodeRequest(request: XdsRequest, node: XdsNode | undefined): Uint8Array {
  const { typeUrl, responseNonce } = request;
  const common = { typeUrl, responseNonce, node, errorDetail: toStatus(request.errorDetail) };
  if (request.kind === 'sotw') {
    return encode(
      create<DiscoveryRequest>(`${DISCOVERY}.DiscoveryRequest`, {
        ...common,
        versionInfo: request.versionInfo,
        resourceNames: [...request.resourceNames],
      }),
    );
  }
  return encode(
    create<DeltaDiscoveryRequest>(`${DISCOVERY}.DeltaDiscoveryRequest`, {
      ...common,
      resourceNamesSubscribe: [...request.subscribe],
      resourceNamesUnsubscribe: [...request.unsubscribe],
      initialResourceVersions: Object.fromEntries(request.initialResourceVersions),
    }),
  );
}

/** Decodes a response of either variant; the reason when the bytes are none. */
export function decodeResponse(variant: XdsVariant, bytes: Uint8Array): Result<XdsResponse, string> {
  return variant === 'sotw' ? decodeSotwResponse(bytes) : decodeDeltaResponse(bytes);
}

/** Decodes a response of the state-of-the-world protocol. */
export function decodeSotwResponse(bytes: Uint8Array): Result<SotwResponse, string> {
  const problems = new Problems();
  const message = decode<DiscoveryResponse>(`${DISCOVERY}.DiscoveryResponse`, bytes, problems, lenient);
  if (message === undefined || !problems.isEmpty) return err(problems.toString());
  return ok({
    kind: 'sotw',
    typeUrl: message.typeUrl,
    versionInfo: message.versionInfo,
    nonce: message.nonce,
    resources: message.resources.map(unwrapResource),
    controlPlane: message.controlPlane?.identifier ?? '',
  });
}

/** Decodes a response of the delta protocol. */
export function decodeDeltaResponse(bytes: Uint8Array): Result<DeltaResponse, string> {
  const problems = new Problems();
  const message = decode<DeltaDiscoveryResponse>(`${DISCOVERY}.DeltaDiscoveryResponse`, bytes, problems, lenient);
  if (message === undefined || !problems.isEmpty) return err(problems.toString());
  return ok({
    kind: 'delta',
    typeUrl: message.typeUrl,
    versionInfo: message.systemVersionInfo,
    nonce: message.nonce,
    resources: message.resources.map(fromWrapper),
    removed: [...message.removedResources, ...message.removedResourceNames.map(({ name }) => name)],
    controlPlane: message.controlPlane?.identifier ?? '',
  });
}

/** Takes a resource out of its wrapper, if it has one. */
export function unwrapResource(any: AnyBytes): WireResource {
  if (any.typeUrl !== RESOURCE_WRAPPER_URL) {
    return { name: '', version: '', ttlMs: undefined, body: anyBytes(any), problem: undefined };
  }
  const problems = new Problems();
  const resource = decode<Resource>(`${DISCOVERY}.Resource`, any.value, problems, lenient);
  if (resource !== undefined && problems.isEmpty) return fromWrapper(resource);
  const problem = `the wrapper of the resource cannot be decoded: ${problems.toString()}`;
  return { name: '', version: '', ttlMs: undefined, body: undefined, problem };
}

/** A duration of protobuf in milliseconds. */
export function toMs(duration: { readonly seconds: bigint; readonly nanos: number }): number {
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

function fromWrapper(resource: Resource): WireResource {
  return {
    name: resource.name === '' ? (resource.resourceName?.name ?? '') : resource.name,
    version: resource.version,
    ttlMs: resource.ttl === undefined ? undefined : toMs(resource.ttl),
    body: resource.resource === undefined ? undefined : anyBytes(resource.resource),
    problem: undefined,
  };
}

/** A plain object whatever it was decoded from. */
function anyBytes({ typeUrl, value }: AnyBytes): AnyBytes {
  return { typeUrl, value };
}

function toStatus(detail: StatusDetail | undefined): Status | undefined {
  return detail === undefined ? undefined : create<Status>('google.rpc.Status', detail);
}
