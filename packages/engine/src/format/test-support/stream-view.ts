import type { HeaderSource } from '../../match/header-matcher.ts';
import { addressView, connectionView, requestView } from '../../route/test-support/views.ts';
import type { ResponseView } from '../../view/request-view.ts';
import type { StreamTimings, StreamView, UpstreamView } from '../../view/stream-view.ts';
import type { FormatSources } from '../formatter.ts';

/** 2026-03-01T09:05:07.123456Z, in microseconds. */
export const START_US = Date.UTC(2026, 2, 1, 9, 5, 7, 123) * 1000 + 456;

/** A process for formats. */
export const SOURCES: FormatSources = {
  hostname: 'node-1',
  environment: (name) => (name === 'ZONE' ? 'eu-west' : undefined),
  nowUs: () => START_US + 2_000_000,
  uuid: () => '11111111-2222-4333-8444-555555555555',
};

/** A stream of which nothing is known yet but its request. */
export const NO_TIMINGS: StreamTimings = {
  downstreamHandshakeComplete: -1,
  lastDownstreamRxByte: -1,
  firstUpstreamTxByte: -1,
  lastUpstreamTxByte: -1,
  firstUpstreamRxByte: -1,
  lastUpstreamRxByte: -1,
  firstDownstreamTxByte: -1,
  lastDownstreamTxByte: -1,
  upstreamConnectStart: -1,
  upstreamConnectComplete: -1,
  upstreamHandshakeComplete: -1,
  end: -1,
};

/** Headers as formats see them. */
export function headerSource(fields: Readonly<Record<string, string>>): HeaderSource {
  return { get: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined) };
}

/** A response. */
export function responseView(status: number, fields: Readonly<Record<string, string>> = {}): ResponseView {
  return { ...headerSource({ ':status': String(status), ...fields }), status };
}

/** An upstream at 10.0.0.9:8080 of the cluster `backend`. */
export function upstreamView(spec: Partial<UpstreamView> = {}): UpstreamView {
  return {
    clusterName: 'backend',
    observabilityName: 'backend-stats',
    host: addressView('10.0.0.9', 8080),
    hostName: 'backend.example:8080',
    local: addressView('10.0.0.2', 40_000),
    tls: undefined,
    protocol: 'HTTP/2',
    connectionId: 7,
    attemptCount: 1,
    transportFailureReason: '',
    clusterMetadata: {},
    hostMetadata: {},
    ...spec,
  };
}

/** `GET http://example.com/` over a plain connection, not answered yet. */
export function streamView(spec: Partial<StreamView> = {}): StreamView {
  const connection = spec.connection ?? connectionView();
  return {
    connection,
    request: requestView(),
    response: undefined,
    requestTrailers: undefined,
    responseTrailers: undefined,
    upstream: undefined,
    protocol: 'HTTP/1.1',
    remote: connection.remote,
    startTimeUs: START_US,
    timings: NO_TIMINGS,
    responseCode: 0,
    responseCodeDetails: '',
    connectionTerminationDetails: '',
    responseFlags: 0,
    bytesReceived: 0,
    bytesSent: 0,
    requestHeaderBytes: 0,
    responseHeaderBytes: 0,
    responseTrailerBytes: 0,
    upstreamWireBytesReceived: 0,
    upstreamWireBytesSent: 0,
    upstreamHeaderBytesReceived: 0,
    upstreamHeaderBytesSent: 0,
    downstreamWireBytesReceived: 0,
    downstreamWireBytesSent: 0,
    downstreamHeaderBytesReceived: 0,
    downstreamHeaderBytesSent: 0,
    routeName: '',
    virtualHostName: '',
    filterChainName: '',
    dynamicMetadata: {},
    routeMetadata: {},
    virtualHostMetadata: {},
    listenerMetadata: {},
    filterState: () => undefined,
    streamId: '',
    ...spec,
  };
}
