// The client status discovery service (CSDS): what every client was told, and what it made of it.
import { err, ok, type Result } from '@weft/core';
import type { UpdateFailureState } from '@weft/proto/envoy/admin/v3/config_dump_shared';
import type {
  ClientConfig,
  ClientConfig_GenericXdsConfig,
  ClientStatusRequest,
  ClientStatusResponse,
} from '@weft/proto/envoy/service/status/v3/csds';
import { create, decode, encode, Problems } from '@weft/proto/lite';
import { typeUrls } from '../../protocol/resource-types.ts';
import type { AdsClient, TypeStatus } from '../ads-client.ts';
import { anyOf, type ToldResource } from '../served-resource.ts';
import { frameMessage } from '../transport/frame.ts';
import { type GrpcFailure, grpcCode } from '../transport/grpc-status.ts';
import type { GrpcMethod, GrpcMethods, GrpcStream, GrpcStreamHandler } from '../transport/grpc-stream.ts';
import { compileNodeMatchers } from './node-matching.ts';

/** What the service needs. */
export interface ClientStatusOptions {
  readonly clients: () => Iterable<AdsClient>;
  /** Decides who may see the configuration of others; the failure says why not. */
  readonly authorize: (stream: GrpcStream) => Result<undefined, GrpcFailure>;
}

const SERVICE = '/envoy.service.status.v3.ClientStatusDiscoveryService';

type Timestamp = NonNullable<ClientConfig_GenericXdsConfig['lastUpdated']>;

/** Configuration of more clients than this is not put into one answer. */
const MAX_WITH_CONTENTS = 10;

/** The numbers of `ConfigStatus` and `ClientResourceStatus`. */
const CONFIG_STATUS = { synced: 1, notSent: 2, stale: 3, error: 4 } as const;
const CLIENT_STATUS = { requested: 1, acked: 3, nacked: 4 } as const;

/** The methods of the service, for a `GrpcServer`. */
export function clientStatusMethods(options: ClientStatusOptions): GrpcMethods {
  const serve =
    (isStream: boolean): GrpcMethod =>
    (stream) =>
      new ClientStatusCall(options, stream, isStream);
  return new Map([
    [`${SERVICE}/StreamClientStatus`, serve(true)],
    [`${SERVICE}/FetchClientStatus`, serve(false)],
  ]);
}

/** Answers each request as it comes. */
class ClientStatusCall implements GrpcStreamHandler {
  readonly #options: ClientStatusOptions;
  readonly #stream: GrpcStream;
  readonly #isStream: boolean;

  constructor(options: ClientStatusOptions, stream: GrpcStream, isStream: boolean) {
    this.#options = options;
    this.#stream = stream;
    this.#isStream = isStream;
  }

  onMessage(message: Buffer): void {
    const allowed = this.#options.authorize(this.#stream);
    const response = allowed.kind === 'err' ? allowed : answer(message, this.#options.clients());
    if (response.kind === 'err') {
      this.#stream.end(response.error);
      return;
    }
    const isWritable = this.#stream.send(frameMessage(encode(response.value)));
    if (!this.#isStream) this.#stream.end();
    else if (!isWritable) this.#stream.setReading(false);
  }

  onHalfClose(): void {
    this.#stream.end();
  }

  onDrain(): void {
    this.#stream.setReading(true);
  }

  onShutdown(reason: string): void {
    this.#stream.end({ code: grpcCode.unavailable, message: reason });
  }

  onClose(): void {}
}

function answer(message: Buffer, clients: Iterable<AdsClient>): Result<ClientStatusResponse, GrpcFailure> {
  const problems = new Problems();
  const request = decode<ClientStatusRequest>('envoy.service.status.v3.ClientStatusRequest', message, problems, {
    unknownFields: 'ignore',
  });
  if (request === undefined || !problems.isEmpty) {
    return err({ code: grpcCode.invalidArgument, message: problems.toString() });
  }
  const matches = compileNodeMatchers(request.nodeMatchers);
  if (matches.kind === 'err') return err({ code: grpcCode.invalidArgument, message: matches.error });
  const found = [...clients].filter(({ node }) => matches.value(node.id));
  const hasContents = !request.excludeResourceContents;
  if (hasContents && found.length > MAX_WITH_CONTENTS) {
    const hint = 'match fewer by node_matchers, or set exclude_resource_contents';
    const message = `the configuration of ${found.length} clients is too much for one answer; ${hint}`;
    return err({ code: grpcCode.resourceExhausted, message });
  }
  const config = found.map((client) => clientConfig(client, hasContents));
  return ok(create<ClientStatusResponse>('envoy.service.status.v3.ClientStatusResponse', { config }));
}

function clientConfig(client: AdsClient, hasContents: boolean): ClientConfig {
  const genericXdsConfigs: ClientConfig_GenericXdsConfig[] = [];
  for (const type of client.status().types) {
    for (const resource of resourcesOf(client, type)) {
      genericXdsConfigs.push(genericConfig(type, resource, hasContents));
    }
  }
  const { node } = client;
  return create<ClientConfig>('envoy.service.status.v3.ClientConfig', { node, genericXdsConfigs });
}

/** What the client was told, and what it asked for in vain. */
function* resourcesOf(client: AdsClient, { typeUrl, interest }: TypeStatus): Generator<ToldResource> {
  const told = new Set<string>();
  for (const resource of client.resources(typeUrl)) {
    told.add(resource.name);
    yield resource;
  }
  for (const name of interest.names) if (!told.has(name)) yield { name, version: '', resource: undefined };
}

function genericConfig(
  { typeUrl, state, sent, refused, nacked }: TypeStatus,
  { name, version, resource }: ToldResource,
  hasContents: boolean,
): ClientConfig_GenericXdsConfig {
  const isRefused = refused.has(name);
  const isTold = version !== '';
  // One refused resource does not make the others of its type wrong.
  const status = !isTold ? 'notSent' : isRefused ? 'error' : state === 'error' ? 'synced' : state;
  // Keys are nobody's business, whoever is allowed to see the rest.
  const isShown = hasContents && resource !== undefined && typeUrl !== typeUrls.secret;
  return create<ClientConfig_GenericXdsConfig>('envoy.service.status.v3.ClientConfig.GenericXdsConfig', {
    typeUrl,
    name,
    versionInfo: version,
    xdsConfig: isShown ? (anyOf(resource) as never) : undefined,
    lastUpdated: sent === undefined ? undefined : timestamp(sent.atMs),
    configStatus: CONFIG_STATUS[status],
    clientStatus: CLIENT_STATUS[isRefused && isTold ? 'nacked' : status === 'synced' ? 'acked' : 'requested'],
    errorState:
      isRefused && nacked !== undefined
        ? create<UpdateFailureState>('envoy.admin.v3.UpdateFailureState', {
            details: nacked.message,
            versionInfo: nacked.version,
            lastUpdateAttempt: timestamp(nacked.atMs),
          })
        : undefined,
  });
}

function timestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return create<Timestamp>('google.protobuf.Timestamp', {
    seconds: BigInt(seconds),
    nanos: Math.round((ms - seconds * 1000) * 1e6),
  });
}
