import { type BackoffPolicy, err, ok, type Result } from '@weft/core';
import type { RetryPolicy } from '@weft/proto/envoy/config/core/v3/base';
import type {
  GrpcService,
  GrpcService_EnvoyGrpc,
  GrpcService_GoogleGrpc,
} from '@weft/proto/envoy/config/core/v3/grpc_service';
import { toMs } from '../protocol/wire.ts';

/** Where a gRPC service is. */
export type GrpcTarget = ClusterTarget | UriTarget;

/** A header that goes with every stream. */
export interface MetadataPair {
  readonly key: string;
  readonly value: string;
}

/** Limit and waits may be set on the first of several services only. */
interface CommonTarget {
  readonly metadata: readonly MetadataPair[];
  /** Overrides the client's own limit when set. */
  readonly maxMessageBytes: number | undefined;
  /** Overrides the waits between attempts when set. */
  readonly backoff: BackoffPolicy | undefined;
}

/** An upstream cluster of the proxy, with that cluster's TLS (`envoy_grpc`). */
export interface ClusterTarget extends CommonTarget {
  readonly kind: 'cluster';
  readonly clusterName: string;
  /** The `:authority` to send; the cluster's name when empty. */
  readonly authority: string;
  /** Whether the headers that Envoy adds of itself (`x-envoy-…`) must not be sent. */
  readonly isWithoutEnvoyHeaders: boolean;
}

/** An address with credentials of its own (`google_grpc`). Which credentials there are, the transport decides. */
export interface UriTarget extends CommonTarget {
  readonly kind: 'uri';
  readonly uri: string;
  readonly service: GrpcService_GoogleGrpc;
}

/** Reads a gRPC service; the error names the field that is not supported. */
export function planGrpcTarget(service: GrpcService): Result<GrpcTarget, string> {
  if (service.timeout !== undefined) return err('timeout: a stream of resources has no end; leave it out');
  if (service.retryPolicy !== undefined) return err('retry_policy: not supported here; set envoy_grpc.retry_policy');
  const metadata: MetadataPair[] = [];
  for (const { key, value, rawValue } of service.initialMetadata) {
    if (rawValue.length > 0) return err(`initial_metadata[${metadata.length}].raw_value: not supported; use value`);
    metadata.push({ key, value });
  }
  switch (service.targetSpecifier.case) {
    case 'envoyGrpc':
      return planCluster(service.targetSpecifier.value, metadata);
    case 'googleGrpc':
      return planUri(service.targetSpecifier.value, metadata);
    case undefined:
      return err('one of envoy_grpc and google_grpc is required');
  }
}

function planCluster(grpc: GrpcService_EnvoyGrpc, metadata: readonly MetadataPair[]): Result<GrpcTarget, string> {
  if (grpc.clusterName === '') return err('envoy_grpc.cluster_name: value length must be at least 1 characters');
  const backoff = planBackoff(grpc.retryPolicy);
  if (backoff.kind === 'err') return err(`envoy_grpc.retry_policy.${backoff.error}`);
  return ok({
    kind: 'cluster',
    clusterName: grpc.clusterName,
    authority: grpc.authority,
    isWithoutEnvoyHeaders: grpc.skipEnvoyHeaders,
    metadata,
    // 0 is the proto's way to say "no limit"; ours applies then.
    maxMessageBytes: grpc.maxReceiveMessageLength === 0 ? undefined : grpc.maxReceiveMessageLength,
    backoff: backoff.value,
  });
}

function planUri(grpc: GrpcService_GoogleGrpc, metadata: readonly MetadataPair[]): Result<GrpcTarget, string> {
  if (grpc.targetUri === '') return err('google_grpc.target_uri: value length must be at least 1 characters');
  return ok({
    kind: 'uri',
    uri: grpc.targetUri,
    service: grpc,
    metadata,
    maxMessageBytes: undefined,
    backoff: undefined,
  });
}

/** The waits between streams; of a retry policy only the back-off has a meaning for streams that are opened for ever. */
function planBackoff(policy: RetryPolicy | undefined): Result<BackoffPolicy | undefined, string> {
  if (policy === undefined) return ok(undefined);
  if (policy.numRetries !== undefined) return err('num_retries: not supported; streams are opened again for ever');
  if (policy.retryOn !== '') return err('retry_on: not supported; streams are opened again whatever ended them');
  if (policy.retryPriority !== undefined) return err('retry_priority: not supported for streams of resources');
  if (policy.retryHostPredicate.length > 0) return err('retry_host_predicate: not supported for streams of resources');
  if (policy.hostSelectionRetryMaxAttempts !== 0n) {
    return err('host_selection_retry_max_attempts: not supported for streams of resources');
  }
  const backOff = policy.retryBackOff;
  if (backOff?.baseInterval === undefined) return err('retry_back_off.base_interval: value is required');
  const baseMs = toMs(backOff.baseInterval);
  const maxMs = backOff.maxInterval === undefined ? baseMs * 10 : toMs(backOff.maxInterval);
  if (!(baseMs >= 1)) return err(`retry_back_off.base_interval: ${baseMs} ms is less than 1 ms`);
  if (maxMs < baseMs) return err(`retry_back_off.max_interval: ${maxMs} ms is less than the base of ${baseMs} ms`);
  return ok({ baseMs, maxMs, jitter: 'full' });
}
