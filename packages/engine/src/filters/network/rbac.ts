import type { RBAC } from '@weft/proto/envoy/extensions/filters/network/rbac/v3/rbac';
import type { CompileContext } from '../../compile/context.ts';
import { compileOptionalMs } from '../../compile/matchers/duration.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { NetworkFilterCompiler } from '../../listener/network-filter.ts';
import { CONNECTION_INPUTS } from '../../matcher/inputs/all.ts';
import { compileRbac, type RbacRules } from '../../rbac/rbac.ts';

const TYPE = 'envoy.extensions.filters.network.rbac.v3.RBAC';

/** What is supported of the filter. */
export const RBAC_NETWORK_SUPPORT = [
  supports<RBAC>(TYPE, {
    rules: true,
    matcher: true,
    shadowRules: true,
    shadowMatcher: true,
    shadowRulesStatPrefix: true,
    statPrefix: true,
    enforcementType: true,
    delayDeny: true,
  }),
];

/** Counted in `<stat_prefix>.rbac.`; a prefix that ends in a dot gets no other one. */
export const RBAC_NETWORK_STATS = { counters: ['allowed', 'denied'] } as const;

/** Counted as RBAC_NETWORK_STATS, and under the statistics' prefix of the shadow rules if there is one: `<stat_prefix>.rbac.<prefix>.`. */
export const RBAC_NETWORK_SHADOW_STATS = { counters: ['shadow_allowed', 'shadow_denied'] } as const;

/** Where the verdict of the shadow rules leaves its metadata; that of the rules leaves none. */
export const RBAC_NETWORK_METADATA_NAMESPACE = 'envoy.filters.network.rbac';

/** Why a denied connection is closed, beside the details of the verdict. */
export const RBAC_CLOSE_REASON = 'rbac_deny_close';

/** A compiled filter. The first bytes are awaited, so that what listener filters and TLS find out is known. */
export interface RbacNetworkRuntime extends RbacRules {
  readonly statPrefix: string;
  readonly shadowStatPrefix: string;
  /** Whether every read is decided anew, or the first decision holds. */
  readonly isContinuous: boolean;
  /** How long a denied connection is kept before it is closed. */
  readonly denyDelayMs: number;
}

/** Allows or denies connections. */
export const RBAC_NETWORK_FILTER: NetworkFilterCompiler = {
  name: 'envoy.filters.network.rbac',
  typeName: TYPE,
  compile: (message, path, context) => compileRbacNetwork(message as RBAC, path, context),
};

/** By the number of the enum: ONE_TIME_ON_FIRST_BYTE, CONTINUOUS. */
const CONTINUOUS = 1;

function compileRbacNetwork(message: RBAC, path: string, context: CompileContext): RbacNetworkRuntime | undefined {
  const { statPrefix, shadowRulesStatPrefix: shadowStatPrefix } = message;
  if (statPrefix === '') return isMissing(path, 'stat_prefix', context);
  const before = context.problems.count;
  const own = { ...context, isForRequests: false, inputs: CONNECTION_INPUTS };
  const rules = compileRbac(message, { rules: '', shadow: shadowStatPrefix }, path, own);
  const isContinuous = message.enforcementType === CONTINUOUS;
  const denyDelayMs = compileOptionalMs(message.delayDeny, `${path}.delay_deny`, context) ?? 0;
  if (rules === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({ ...rules, statPrefix, shadowStatPrefix, isContinuous, denyDelayMs });
}
