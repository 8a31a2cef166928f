/** What became of a stream: status, flags, bytes, names. */
import { ok } from '@weft/core';
import { formatResponseFlags, formatResponseFlagsLong } from '../../view/response-flags.ts';
import { numberOperator, type Operator, orNone, textField, textOperator } from '../operator.ts';

const WHITE_SPACE = /[ \t\n\v\f\r]/g;

const CODE_DETAILS: Operator = {
  name: 'RESPONSE_CODE_DETAILS',
  param: 'optional',
  takesLength: false,
  // Any other parameter means what none means, as in Envoy.
  compile: ({ param }) =>
    ok(
      param === 'ALLOW_WHITESPACES'
        ? textField(({ responseCodeDetails }) => orNone(responseCodeDetails))
        : textField(({ responseCodeDetails }) => orNone(responseCodeDetails)?.replace(WHITE_SPACE, '_')),
    ),
};

/** Operators over the stream as a whole. */
export const STREAM_OPERATORS: readonly Operator[] = [
  textOperator('PROTOCOL', ({ protocol }) => orNone(protocol)),
  numberOperator('RESPONSE_CODE', ({ responseCode }) => responseCode),
  CODE_DETAILS,
  textOperator('CONNECTION_TERMINATION_DETAILS', (view) => orNone(view.connectionTerminationDetails)),
  textOperator('RESPONSE_FLAGS', ({ responseFlags, protocol }) => formatResponseFlags(responseFlags, protocol !== '')),
  textOperator('RESPONSE_FLAGS_LONG', ({ responseFlags, protocol }) =>
    formatResponseFlagsLong(responseFlags, protocol !== ''),
  ),
  numberOperator('BYTES_RECEIVED', ({ bytesReceived }) => bytesReceived),
  numberOperator('BYTES_SENT', ({ bytesSent }) => bytesSent),
  // Nothing is sent again above TCP.
  numberOperator('BYTES_RETRANSMITTED', () => 0),
  numberOperator('PACKETS_RETRANSMITTED', () => 0),
  numberOperator('DOWNSTREAM_WIRE_BYTES_RECEIVED', (view) => view.downstreamWireBytesReceived),
  numberOperator('DOWNSTREAM_WIRE_BYTES_SENT', (view) => view.downstreamWireBytesSent),
  numberOperator('DOWNSTREAM_HEADER_BYTES_RECEIVED', (view) => view.downstreamHeaderBytesReceived),
  numberOperator('DOWNSTREAM_HEADER_BYTES_SENT', (view) => view.downstreamHeaderBytesSent),
  numberOperator('UPSTREAM_WIRE_BYTES_RECEIVED', (view) => view.upstreamWireBytesReceived),
  numberOperator('UPSTREAM_WIRE_BYTES_SENT', (view) => view.upstreamWireBytesSent),
  numberOperator('UPSTREAM_HEADER_BYTES_RECEIVED', (view) => view.upstreamHeaderBytesReceived),
  numberOperator('UPSTREAM_HEADER_BYTES_SENT', (view) => view.upstreamHeaderBytesSent),
  textOperator('ROUTE_NAME', ({ routeName }) => orNone(routeName)),
  textOperator('VIRTUAL_CLUSTER_NAME', ({ virtualClusterName }) => orNone(virtualClusterName)),
  textOperator('FILTER_CHAIN_NAME', ({ filterChainName }) => orNone(filterChainName)),
  textOperator('STREAM_ID', ({ streamId }) => orNone(streamId)),
  textOperator('TRACE_ID', ({ traceId }) => orNone(traceId)),
  textOperator('SPAN_ID', ({ spanId }) => orNone(spanId)),
  // No filter here sets flags of its own; without any, Envoy writes the empty text.
  textOperator('CUSTOM_FLAGS', () => ''),
  textOperator('LOCAL_REPLY_BODY', (_view, { localReplyBody }) => localReplyBody),
  textOperator('ACCESS_LOG_TYPE', (_view, { accessLogType }) => accessLogType),
];
