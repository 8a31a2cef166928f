import type { ConnectionLimit } from '@weft/proto/envoy/extensions/filters/network/connection_limit/v3/connection_limit';
import type { CompileContext } from '../../compile/context.ts';
import { compileOptionalMs } from '../../compile/matchers/duration.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { NetworkFilterCompiler } from '../../listener/network-filter.ts';
import { compileFlag, type FeatureFlag } from '../feature-flag.ts';

const TYPE = 'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit';

/** What is supported of the filter. */
export const CONNECTION_LIMIT_SUPPORT = [
  supports<ConnectionLimit>(TYPE, { statPrefix: true, maxConnections: true, delay: true, runtimeEnabled: true }),
];

/** Counted in `connection_limit.<stat_prefix>.`. */
export const CONNECTION_LIMIT_STATS = { counters: ['limited_connections'], gauges: ['active_connections'] } as const;

/** Why a connection too many is closed. */
export const CONNECTION_LIMIT_CLOSE_REASON = 'over_connection_limit';

/** A compiled filter. */
export interface ConnectionLimitRuntime {
  readonly statPrefix: string;
  readonly maxConnections: number;
  /** How long a connection too many is kept before it is closed, so that clients do not come back at once; 0 for not at all. */
  readonly delayMs: number;
  readonly enabled: FeatureFlag;
}

/** Limits how many connections there are at a time. */
export const CONNECTION_LIMIT_FILTER: NetworkFilterCompiler = {
  name: 'envoy.filters.network.connection_limit',
  typeName: TYPE,
  compile: (message, path, context) => compileLimit(message as ConnectionLimit, path, context),
};

function compileLimit(
  message: ConnectionLimit,
  path: string,
  context: CompileContext,
): ConnectionLimitRuntime | undefined {
  const before = context.problems.count;
  const { statPrefix, maxConnections } = message;
  if (statPrefix === '') isMissing(path, 'stat_prefix', context);
  if (maxConnections === undefined) isMissing(path, 'max_connections', context);
  if (maxConnections === 0n) context.problems.add(`${path}.max_connections`, 'must be greater than 0');
  const delayMs = compileOptionalMs(message.delay, `${path}.delay`, context) ?? 0;
  if (context.problems.count !== before) return undefined;
  const enabled = compileFlag(message.runtimeEnabled);
  return Object.freeze({ statPrefix, maxConnections: Number(maxConnections), delayMs, enabled });
}
