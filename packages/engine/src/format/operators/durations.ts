/** Times between moments of a stream. */
import { err, ok } from '@weft/core';
import type { StreamTimings, StreamView } from '../../view/stream-view.ts';
import type { FormatSources } from '../formatter.ts';
import { type FieldResult, numberField, numberOperator, type Operator } from '../operator.ts';

const US_PER_MS = 1000;

type Moment = (timings: StreamTimings, view: StreamView) => number | undefined;

/** The time points of `%COMMON_DURATION(start:end)%`, by Envoy's names. */
const MOMENTS: ReadonlyMap<string, Moment> = new Map<string, Moment>([
  ['DS_CX_BEG', (_timings, view) => (isTcp(view) ? 0 : undefined)],
  ['DS_CX_END', ({ end }, view) => (isTcp(view) ? end : undefined)],
  ['DS_RX_BEG', () => 0],
  ['DS_RX_END', ({ lastDownstreamRxByte }) => lastDownstreamRxByte],
  ['US_CX_BEG', ({ upstreamConnectStart }) => upstreamConnectStart],
  ['US_CX_END', ({ upstreamConnectComplete }) => upstreamConnectComplete],
  ['US_HS_END', ({ upstreamHandshakeComplete }) => upstreamHandshakeComplete],
  ['US_TX_BEG', ({ firstUpstreamTxByte }) => firstUpstreamTxByte],
  ['US_TX_END', ({ lastUpstreamTxByte }) => lastUpstreamTxByte],
  ['US_RX_BEG', ({ firstUpstreamRxByte }) => firstUpstreamRxByte],
  ['US_RX_END', ({ lastUpstreamRxByte }) => lastUpstreamRxByte],
  ['DS_TX_BEG', ({ firstDownstreamTxByte }) => firstDownstreamTxByte],
  ['DS_TX_END', ({ lastDownstreamTxByte }) => lastDownstreamTxByte],
]);

/** Operators over the durations of a stream. */
export const DURATION_OPERATORS: readonly Operator[] = [
  {
    name: 'DURATION',
    param: 'none',
    takesLength: false,
    compile: (_call, { sources }) => ok(numberField((view) => Math.trunc(durationUs(view, sources) / US_PER_MS))),
  },
  numberOperator('REQUEST_DURATION', ({ timings }) => wholeMs(timings.lastDownstreamRxByte)),
  numberOperator('REQUEST_TX_DURATION', ({ timings }) => wholeMs(timings.lastUpstreamTxByte)),
  numberOperator('RESPONSE_DURATION', ({ timings }) => wholeMs(timings.firstUpstreamRxByte)),
  numberOperator('RESPONSE_TX_DURATION', ({ timings }) =>
    between(timings.firstUpstreamRxByte, timings.lastDownstreamTxByte, US_PER_MS),
  ),
  numberOperator('DOWNSTREAM_HANDSHAKE_DURATION', ({ timings }) => wholeMs(timings.downstreamHandshakeComplete)),
  // Only QUIC tells when the last acknowledgement came.
  numberOperator('ROUNDTRIP_DURATION', () => undefined),
  numberOperator('UPSTREAM_CONNECTION_POOL_READY_DURATION', ({ timings }) =>
    between(timings.upstreamPoolRequest, timings.upstreamPoolReady, US_PER_MS),
  ),
  {
    name: 'COMMON_DURATION',
    param: 'required',
    takesLength: false,
    compile: ({ param }) => compileCommonDuration(param),
  },
];

/** How long a stream has taken, in microseconds: to its end, or until now. */
export function durationUs({ timings, startTimeUs }: StreamView, sources: Pick<FormatSources, 'nowUs'>): number {
  return timings.end >= 0 ? timings.end : Math.max(0, sources.nowUs() - startTimeUs);
}

/** The beginning and the end of a connection are told by its own log only. */
function isTcp({ protocol }: StreamView): boolean {
  return protocol === '';
}

function wholeMs(us: number): number | undefined {
  return us < 0 ? undefined : Math.trunc(us / US_PER_MS);
}

function between(startUs: number | undefined, endUs: number | undefined, unitUs: number): number | undefined {
  if (startUs === undefined || endUs === undefined || startUs < 0 || endUs < startUs) return undefined;
  return Math.trunc((endUs - startUs) / unitUs);
}

/** Microseconds in each unit. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', US_PER_MS],
  ['us', 1],
  ['ns', 1e-3],
]);

function compileCommonDuration(param: string): FieldResult {
  const [from = '', to = '', precision = 'ms', ...rest] = param.split(':');
  const start = MOMENTS.get(from);
  const end = MOMENTS.get(to);
  const unitUs = UNITS.get(precision);
  if (rest.length > 0) return err(`${JSON.stringify(param)} is not START:END:PRECISION`);
  if (start === undefined) return err(noMoment(from));
  if (end === undefined) return err(noMoment(to));
  if (unitUs === undefined) return err(`${JSON.stringify(precision)} is none of ${[...UNITS.keys()].join(', ')}`);
  return ok(
    numberField((view) => {
      const { timings } = view;
      return between(start(timings, view), end(timings, view), unitUs);
    }),
  );
}

function noMoment(name: string): string {
  return `${JSON.stringify(name)} is no time point; there are ${[...MOMENTS.keys()].join(', ')}`;
}
