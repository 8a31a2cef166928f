// The server's side of the wire, by the generated code: the client's codec is tested against another one than itself.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type Any, AnySchema, anyPack } from '@bufbuild/protobuf/wkt';
import { ClusterSchema } from '@weft/proto/envoy/config/cluster/v3/cluster';
import { NodeSchema } from '@weft/proto/envoy/config/core/v3/base';
import { ClusterLoadAssignmentSchema } from '@weft/proto/envoy/config/endpoint/v3/endpoint';
import { ListenerSchema } from '@weft/proto/envoy/config/listener/v3/listener';
import { RouteConfigurationSchema } from '@weft/proto/envoy/config/route/v3/route';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
  ResourceSchema,
} from '@weft/proto/envoy/service/discovery/v3/discovery';
import type { XdsNode } from '../protocol/messages.ts';
import { typeUrls } from '../protocol/resource-types.ts';

/** A response of the state-of-the-world protocol, as a server writes it. */
export type SotwResponseInit = MessageInitShape<typeof DiscoveryResponseSchema>;

/** A response of the delta protocol, as a server writes it. */
export type DeltaResponseInit = MessageInitShape<typeof DeltaDiscoveryResponseSchema>;

export function readSotwRequest(bytes: Uint8Array): DiscoveryRequest {
  return fromBinary(DiscoveryRequestSchema, bytes);
}

export function readDeltaRequest(bytes: Uint8Array): DeltaDiscoveryRequest {
  return fromBinary(DeltaDiscoveryRequestSchema, bytes);
}

export function writeSotwResponse(response: SotwResponseInit): Uint8Array {
  return toBinary(DiscoveryResponseSchema, create(DiscoveryResponseSchema, response));
}

export function writeDeltaResponse(response: DeltaResponseInit): Uint8Array {
  return toBinary(DeltaDiscoveryResponseSchema, create(DeltaDiscoveryResponseSchema, response));
}

/** A resource of a type with a name, told apart from others of that name by a text within it. */
export function resourceOf(typeUrl: string, name: string, content = ''): Any {
  switch (typeUrl) {
    case typeUrls.cluster:
      return pack(typeUrl, toBinary(ClusterSchema, create(ClusterSchema, { name, altStatName: content })));
    case typeUrls.listener:
      return pack(typeUrl, toBinary(ListenerSchema, create(ListenerSchema, { name, statPrefix: content })));
    case typeUrls.endpoints: {
      const named = content === '' ? {} : { [content]: {} };
      const message = create(ClusterLoadAssignmentSchema, { clusterName: name, namedEndpoints: named });
      return pack(typeUrl, toBinary(ClusterLoadAssignmentSchema, message));
    }
    case typeUrls.route: {
      const message = create(RouteConfigurationSchema, { name, internalOnlyHeaders: content === '' ? [] : [content] });
      return pack(typeUrl, toBinary(RouteConfigurationSchema, message));
    }
    default:
      throw new TypeError(`no test resource of type ${typeUrl}`);
  }
}

/** What `resourceOf` put in. */
export function contentOf(typeUrl: string, value: Uint8Array): string {
  switch (typeUrl) {
    case typeUrls.cluster:
      return fromBinary(ClusterSchema, value).altStatName;
    case typeUrls.listener:
      return fromBinary(ListenerSchema, value).statPrefix;
    case typeUrls.endpoints:
      return Object.keys(fromBinary(ClusterLoadAssignmentSchema, value).namedEndpoints)[0] ?? '';
    case typeUrls.route:
      return fromBinary(RouteConfigurationSchema, value).internalOnlyHeaders[0] ?? '';
    default:
      throw new TypeError(`no test resource of type ${typeUrl}`);
  }
}

/** A resource in the wrapper that gives it a name, a version and a time to live. */
export function wrapped(init: MessageInitShape<typeof ResourceSchema>): Any {
  return anyPack(ResourceSchema, create(ResourceSchema, init));
}

function pack(typeUrl: string, value: Uint8Array): Any {
  return create(AnySchema, { typeUrl, value: new Uint8Array(value) });
}

/** A node with nothing but an id. */
export function testNode(id: string): XdsNode {
  return create(NodeSchema, { id });
}
