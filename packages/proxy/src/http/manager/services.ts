/** What streams need of their connection manager. */
import type { Clock, Random } from '@weft/core';
import type { HttpManagerRuntime, RouteConfigRuntime, RuntimeSource } from '@weft/engine';
import type { HttpFilterFactory } from '../../filters/http/filter.ts';
import type { Deadlines } from './deadlines.ts';
import type { ProxyIdentity } from './incoming/proxy-identity.ts';
import type { ReplyRules } from './local-reply.ts';
import type { DateText } from './outgoing/date-text.ts';
import type { StreamRecord } from './stream-record.ts';

/** What a stream needs. */
export interface StreamServices {
  readonly runtime: HttpManagerRuntime;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  readonly dates: DateText;
  /** By slot of MANAGER_STATS. */
  readonly stats: Float64Array;
  /** The routes that hold now; undefined while there are none. */
  readonly routes: () => RouteConfigRuntime | undefined;
  /** Values of the configuration's runtime layers. */
  readonly runtimeValues: RuntimeSource;
  /** The filters before the router. */
  readonly factories: readonly HttpFilterFactory[];
  /** The filters of upgrades that have their own, by the upgrade's name in lower case. */
  readonly upgradeFactories: ReadonlyMap<string, readonly HttpFilterFactory[]>;
  readonly identity: ProxyIdentity;
  /** How answers that the proxy gives itself are changed. */
  readonly replyRules: ReplyRules;
  /** Whether heads, sizes and times are looked at later: by a log, a filter, or what answers of the proxy itself are mapped by. */
  readonly keepsRecords: boolean;
  /** What may wait in front of a filter, for each stream and direction. */
  readonly bufferLimitBytes: number;
}

/** Writes one line of an access log for a stream that has ended, if the log wants it. */
export interface StreamLog {
  log(stream: StreamRecord): void;
}
