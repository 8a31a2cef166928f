/** The upstream side of a stream. */
import type { UpstreamView } from '../../view/stream-view.ts';
import { numberOperator, type Operator, orNone, textOperator } from '../operator.ts';

/** Operators over cluster, host and connection. */
export const UPSTREAM_OPERATORS: readonly Operator[] = [
  textOperator('UPSTREAM_PROTOCOL', ({ upstream }) => orNone(upstream?.protocol)),
  textOperator('UPSTREAM_CLUSTER', ({ upstream }) => orNone(upstream?.observabilityName)),
  textOperator('UPSTREAM_CLUSTER_RAW', ({ upstream }) => orNone(upstream?.clusterName)),
  textOperator('UPSTREAM_HOST', ({ upstream }) => upstream?.host?.text),
  textOperator('UPSTREAM_HOST_NAME', ({ upstream }) => hostName(upstream)),
  textOperator('UPSTREAM_HOST_NAME_WITHOUT_PORT', ({ upstream }) =>
    upstream?.hostName ? withoutPort(upstream.hostName) : upstream?.host?.host,
  ),
  textOperator('UPSTREAM_TRANSPORT_FAILURE_REASON', ({ upstream }) => orNone(upstream?.transportFailureReason)),
  textOperator('UPSTREAM_SERVER_NAME', ({ upstream }) => orNone(upstream?.serverName)),
  numberOperator('UPSTREAM_REQUEST_ATTEMPT_COUNT', ({ upstream }) => upstream?.attemptCount ?? 0),
  numberOperator('UPSTREAM_CONNECTION_ID', ({ upstream }) => upstream?.connectionId ?? 0),
  numberOperator('CONNECTION_ID', ({ connection }) => connection.id),
];

function hostName(upstream: UpstreamView | undefined): string | undefined {
  return orNone(upstream?.hostName) ?? upstream?.host?.text;
}

const PORT = /:\d+$/;

function withoutPort(name: string): string {
  return name.replace(PORT, '');
}
