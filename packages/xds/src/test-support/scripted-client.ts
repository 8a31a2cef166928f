// A client that says what the test says, on a call in memory. Messages are written and read by the generated code, not by our own.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  type DiscoveryResponse,
  DiscoveryResponseSchema,
} from '@weft/proto/envoy/service/discovery/v3/discovery';
import { readResourceName } from '../protocol/resource-name.ts';
import { aggregatedMethods } from '../protocol/resource-types.ts';
import type { AdsServer } from '../server/index.ts';
import type { GrpcStreamHandler } from '../server/transport/grpc-stream.ts';
import { ManualGrpcStream } from './manual-grpc-stream.ts';

type DeltaInit = Exclude<MessageInitShape<typeof DeltaDiscoveryRequestSchema>, DeltaDiscoveryRequest>;
type SotwInit = Exclude<MessageInitShape<typeof DiscoveryRequestSchema>, DiscoveryRequest>;

/** The common part: a call and who serves it. */
class ScriptedClient {
  readonly stream: ManualGrpcStream;
  readonly handler: GrpcStreamHandler;
  #isFirst = true;

  constructor(server: AdsServer, method: string) {
    this.stream = new ManualGrpcStream(method);
    const serve = server.methods().get(method);
    if (serve === undefined) throw new TypeError(`${method} is not served`);
    this.handler = serve(this.stream);
  }

  sendBytes(bytes: Uint8Array): void {
    this.handler.onMessage(Buffer.from(bytes));
  }

  /** The node that the first request has to say. */
  protected node(): { node?: { id: string } } {
    if (!this.#isFirst) return {};
    this.#isFirst = false;
    return { node: { id: 'scripted' } };
  }
}

/** A client of the delta protocol. */
export class ScriptedDeltaClient extends ScriptedClient {
  constructor(server: AdsServer, method: string = aggregatedMethods.delta) {
    super(server, method);
  }

  send(init: DeltaInit): void {
    this.sendBytes(encodeDelta({ ...init, ...this.node() }));
  }

  /** Every response that came and was not read yet. */
  read(): DeltaDiscoveryResponse[] {
    return this.stream.sent.splice(0).map((bytes) => fromBinary(DeltaDiscoveryResponseSchema, bytes));
  }

  /** As above, in short: type, names and removed names; and accepts them all. */
  take(): { readonly typeUrl: string; readonly names: readonly string[]; readonly removed: readonly string[] }[] {
    return this.read().map(({ typeUrl, nonce, resources, removedResources }) => {
      this.send({ typeUrl, responseNonce: nonce });
      return { typeUrl, names: resources.map(({ name }) => name).toSorted(), removed: removedResources.toSorted() };
    });
  }
}

/** A client of the state-of-the-world protocol. */
export class ScriptedSotwClient extends ScriptedClient {
  constructor(server: AdsServer, method: string = aggregatedMethods.sotw) {
    super(server, method);
  }

  send(init: SotwInit): void {
    this.sendBytes(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { ...init, ...this.node() })));
  }

  read(): DiscoveryResponse[] {
    return this.stream.sent.splice(0).map((bytes) => fromBinary(DiscoveryResponseSchema, bytes));
  }
}

/** A delta request as bytes. */
export function encodeDelta(init: DeltaInit): Uint8Array {
  return toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, init));
}

/** The names of the resources of a response. */
export function namesOf({ resources }: DiscoveryResponse): string[] {
  return resources.map(({ value }) => readResourceName(value) ?? '').toSorted();
}
