import type { RBAC, RBACPerRoute } from '@weft/proto/envoy/extensions/filters/http/rbac/v3/rbac';
import type { CompileContext } from '../../compile/context.ts';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import { HTTP_INPUTS } from '../../matcher/inputs/all.ts';
import { compileRbac, type RbacRules } from '../../rbac/rbac.ts';

const PACKAGE = 'envoy.extensions.filters.http.rbac.v3';

/** What is supported of the filter. */
export const RBAC_FILTER_SUPPORT = [
  supports<RBAC>(`${PACKAGE}.RBAC`, {
    rules: true,
    rulesStatPrefix: true,
    matcher: true,
    shadowRules: true,
    shadowMatcher: true,
    shadowRulesStatPrefix: true,
    trackPerRuleStats: true,
  }),
  supports<RBACPerRoute>(`${PACKAGE}.RBACPerRoute`, { rbac: true }),
];

/** Counted under `rbac.`, and the statistics' prefix of the rules if there is one, in the scope of the connection manager. */
export const RBAC_STATS = { counters: ['allowed', 'denied'] } as const;

/** As RBAC_STATS for the shadow rules, with their own prefix; with statistics of each policy both stand under `policy.` and its name too. */
export const RBAC_SHADOW_STATS = { counters: ['shadow_allowed', 'shadow_denied'] } as const;

/** Where verdicts leave their metadata. */
export const RBAC_METADATA_NAMESPACE = 'envoy.filters.http.rbac';

/** Where rules with the action LOG leave `access_log_hint`. */
export const ACCESS_LOG_HINT_NAMESPACE = 'envoy.common';

/** The body of a denial, which has status 403, in gRPC PERMISSION_DENIED. */
export const RBAC_DENIED_BODY = 'RBAC: access denied';

/** A compiled filter, or what a route says instead; statistics are always those of the filter. */
export interface RbacFilterRuntime extends RbacRules {
  readonly rulesStatPrefix: string;
  readonly shadowStatPrefix: string;
  /** Whether the policies are counted one by one. */
  readonly countsPolicies: boolean;
}

const NO_RULES: RbacFilterRuntime = Object.freeze({
  rules: undefined,
  shadowRules: undefined,
  rulesStatPrefix: '',
  shadowStatPrefix: '',
  countsPolicies: false,
});

/** Allows or denies requests. */
export const RBAC_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.rbac',
  typeName: `${PACKAGE}.RBAC`,
  compile: (message, path, context) => compileRbacFilter(message as RBAC, path, context),
  route: {
    typeName: `${PACKAGE}.RBACPerRoute`,
    compile: (message, path, context) => {
      const { rbac } = message as RBACPerRoute;
      return rbac === undefined ? NO_RULES : compileRbacFilter(rbac, `${path}.rbac`, context);
    },
  },
};

function compileRbacFilter(message: RBAC, path: string, context: CompileContext): RbacFilterRuntime | undefined {
  const { rulesStatPrefix, shadowRulesStatPrefix: shadowStatPrefix } = message;
  const prefixes = { rules: rulesStatPrefix, shadow: shadowStatPrefix };
  const rules = compileRbac(message, prefixes, path, { ...context, isForRequests: true, inputs: HTTP_INPUTS });
  return (
    rules && Object.freeze({ ...rules, rulesStatPrefix, shadowStatPrefix, countsPolicies: message.trackPerRuleStats })
  );
}
