/** What expressions can name of a request and its connection; names and types are those of Envoy's attributes. */
import { CelDuration, CelLookup, CelTimestamp, CelUint, type CelVariables, mapOf, T, toCel } from '@weft/cel';
import { pathWithoutQuery } from '../compile/matchers/path-matcher.ts';
import type { HeaderSource } from '../match/header-matcher.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import { queryOf } from '../route/conditions.ts';
import type { AddressView } from '../view/address-view.ts';
import type { MatchView } from '../view/match-view.ts';
import type { CertificateView, TlsView } from '../view/tls-view.ts';

/** The value of an attribute, or undefined where it has none: an expression that needs it has no value then either. */
type Attribute = (view: MatchView) => unknown;

type Attributes = Readonly<Record<string, Attribute>>;

const encoder = new TextEncoder();
const STRUCT = mapOf(T.string, T.dyn);

function headersOf(source: HeaderSource | undefined): unknown {
  return source && new CelLookup((name) => source.get(name.toLowerCase()));
}

function int(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(Math.trunc(value));
}

/** A moment of the stream that has come, in microseconds since its start. */
function spanOf(us: number | undefined): CelDuration | undefined {
  return us === undefined || us < 0 ? undefined : new CelDuration(BigInt(Math.trunc(us)) * 1000n);
}

function header(name: string): Attribute {
  return ({ request }) => request?.get(name);
}

const REQUEST: Attributes = {
  path: ({ request }) => request?.path,
  url_path: ({ request }) => request && pathWithoutQuery(request.path),
  host: ({ request }) => request?.authority,
  scheme: ({ request }) => request?.scheme,
  method: ({ request }) => request?.method,
  headers: ({ request }) => headersOf(request),
  referer: header('referer'),
  useragent: header('user-agent'),
  id: header('x-request-id'),
  query: ({ request }) => request && queryOf(request.path),
  protocol: ({ protocol }) => (protocol === '' ? undefined : protocol),
  time: ({ startTimeUs: us }) => (us === undefined ? undefined : new CelTimestamp(BigInt(us) * 1000n)),
  duration: ({ timings }) => spanOf(timings?.end),
  size: requestSize,
  total_size: ({ bytesReceived, requestHeaderBytes }) => int((bytesReceived ?? 0) + (requestHeaderBytes ?? 0)),
};

/** What the client announced, for the body has not come yet when most expressions are asked. */
function requestSize({ request, bytesReceived }: MatchView): bigint | undefined {
  const length = request?.get('content-length');
  if (length === undefined) return int(bytesReceived ?? 0);
  return /^\d{1,18}$/.test(length) ? BigInt(length) : undefined;
}

const RESPONSE: Attributes = {
  code: ({ responseCode }) => (responseCode === 0 ? undefined : int(responseCode)),
  code_details: ({ responseCodeDetails: details }) => (details === '' ? undefined : details),
  flags: ({ responseFlags }) => int(responseFlags),
  grpc_status: grpcStatus,
  headers: ({ response }) => headersOf(response),
  trailers: ({ responseTrailers }) => headersOf(responseTrailers),
  size: ({ bytesSent }) => int(bytesSent),
  total_size: ({ bytesSent, responseHeaderBytes, responseTrailerBytes }) =>
    int((bytesSent ?? 0) + (responseHeaderBytes ?? 0) + (responseTrailerBytes ?? 0)),
  backend_latency: ({ timings }) =>
    timings === undefined || timings.firstUpstreamTxByte < 0 || timings.lastUpstreamRxByte < 0
      ? undefined
      : spanOf(timings.lastUpstreamRxByte - timings.firstUpstreamTxByte),
};

function grpcStatus({ response, responseTrailers }: MatchView): bigint | undefined {
  const text = responseTrailers?.get('grpc-status') ?? response?.get('grpc-status');
  return text !== undefined && /^\d{1,9}$/.test(text) ? BigInt(text) : undefined;
}

/** What holds for the certificates of either side of a TLS session. */
function certificates(tlsOf: (view: MatchView) => TlsView | undefined): Attributes {
  const of =
    (side: 'local' | 'peer', read: (certificate: CertificateView) => string | undefined): Attribute =>
    (view) => {
      const tls = tlsOf(view);
      const certificate = tls?.[side];
      // As in Envoy, a session without a certificate has an empty one; names that are not in it are absent.
      return tls === undefined ? undefined : certificate === undefined ? '' : read(certificate);
    };
  const first =
    (side: 'local' | 'peer', kind: 'uriSans' | 'dnsSans'): Attribute =>
    (view) =>
      tlsOf(view)?.[side]?.[kind][0];
  return {
    tls_version: (view) => tlsOf(view)?.version,
    subject_local_certificate: of('local', ({ subject }) => subject),
    subject_peer_certificate: of('peer', ({ subject }) => subject),
    uri_san_local_certificate: first('local', 'uriSans'),
    uri_san_peer_certificate: first('peer', 'uriSans'),
    dns_san_local_certificate: first('local', 'dnsSans'),
    dns_san_peer_certificate: first('peer', 'dnsSans'),
    sha256_peer_certificate_digest: of('peer', ({ sha256Fingerprint }) => sha256Fingerprint),
  };
}

const CONNECTION: Attributes = {
  id: ({ connection }) => new CelUint(BigInt(connection.id)),
  mtls: ({ connection }) => connection.tls?.peer !== undefined,
  requested_server_name: ({ connection }) => connection.requestedServerName,
  termination_details: ({ connectionTerminationDetails: details }) => (details === '' ? undefined : details),
  ...certificates(({ connection }) => connection.tls),
};

const UPSTREAM: Attributes = {
  address: ({ upstream }) => upstream?.host?.text,
  port: ({ upstream }) => int(upstream?.host?.port),
  local_address: ({ upstream }) => upstream?.local?.text,
  transport_failure_reason: ({ upstream }) => upstream?.transportFailureReason,
  request_attempt_count: ({ upstream }) => upstream && new CelUint(BigInt(upstream.attemptCount)),
  ...certificates(({ upstream }) => upstream?.tls),
};

function peer(addressOf: (view: MatchView) => AddressView): Attributes {
  return {
    address: (view) => addressOf(view).text,
    port: (view) => int(addressOf(view).port),
  };
}

/** A metadata message, of which expressions name one field. */
function metadataMessage(source: MetadataSource | undefined): unknown {
  if (source === undefined) return undefined;
  return new CelLookup((field) => (field === 'filter_metadata' ? toCel(source, STRUCT) : undefined));
}

const XDS: Attributes = {
  cluster_name: ({ upstream }) => upstream?.clusterName,
  cluster_metadata: ({ upstream }) => metadataMessage(upstream?.clusterMetadata),
  route_name: ({ routeName }) => routeName,
  route_metadata: ({ routeMetadata }) => metadataMessage(routeMetadata),
  virtual_host_name: ({ virtualHostName }) => virtualHostName,
  virtual_host_metadata: ({ virtualHostMetadata }) => metadataMessage(virtualHostMetadata),
  filter_chain_name: ({ filterChainName }) => filterChainName,
  listener_metadata: ({ listenerMetadata }) => metadataMessage(listenerMetadata),
  upstream_host_metadata: ({ upstream }) => metadataMessage(upstream?.hostMetadata),
};

const OBJECTS: Readonly<Record<string, Attributes>> = {
  request: REQUEST,
  response: RESPONSE,
  connection: CONNECTION,
  upstream: UPSTREAM,
  source: peer(({ remote }) => remote),
  destination: peer(({ connection }) => connection.local),
  xds: XDS,
};

/** The values of the names that stand at the beginning of attributes. */
const ROOTS: ReadonlyMap<string, Attribute> = new Map<string, Attribute>([
  ...Object.entries(OBJECTS).map(([name, attributes]): [string, Attribute] => [name, objectOf(attributes)]),
  ['metadata', ({ dynamicMetadata }) => metadataMessage(dynamicMetadata)],
  [
    'filter_state',
    (view) =>
      new CelLookup((key) => {
        const text = view.filterState(key);
        return text === undefined ? undefined : encoder.encode(text);
      }),
  ],
]);

function objectOf(attributes: Attributes): Attribute {
  return (view) => new CelLookup((name) => (Object.hasOwn(attributes, name) ? attributes[name]!(view) : undefined));
}

/** The names that expressions may begin with. One object stands for one environment. */
export const CEL_ATTRIBUTES: CelVariables = Object.freeze(
  Object.fromEntries([...ROOTS.keys()].map((name) => [name, T.dyn])),
);

/** Whether there is an attribute of this name, for what is known when an expression is compiled; names within free maps are not known. */
export function isKnownAttribute(root: string, name: string): boolean {
  const attributes = OBJECTS[root];
  if (attributes !== undefined) return Object.hasOwn(attributes, name);
  return root !== 'metadata' || name === 'filter_metadata';
}

/** The values for an evaluation: objects whose attributes are looked up when the expression gets to them. */
export function celValues(uses: ReadonlySet<string>, view: MatchView): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const name of uses) values[name] = ROOTS.get(name)?.(view);
  return values;
}
