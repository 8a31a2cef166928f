import type { StreamTimings } from '@weft/engine';

const NOT_YET = -1;

/** Moments of a stream, in microseconds since its start. */
export class StreamClock implements StreamTimings {
  downstreamHandshakeComplete = NOT_YET;
  lastDownstreamRxByte = NOT_YET;
  firstUpstreamTxByte = NOT_YET;
  lastUpstreamTxByte = NOT_YET;
  firstUpstreamRxByte = NOT_YET;
  lastUpstreamRxByte = NOT_YET;
  firstDownstreamTxByte = NOT_YET;
  lastDownstreamTxByte = NOT_YET;
  upstreamConnectStart = NOT_YET;
  upstreamConnectComplete = NOT_YET;
  upstreamHandshakeComplete = NOT_YET;
  end = NOT_YET;
}
