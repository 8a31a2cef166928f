/** Lets requests in or refuses them by policies (envoy.filters.http.rbac). */
import {
  ACCESS_LOG_HINT_NAMESPACE,
  RBAC_DENIED_BODY,
  RBAC_METADATA_NAMESPACE,
  RBAC_SHADOW_STATS,
  RBAC_STATS,
  type RbacFilterRuntime,
  type RbacVerdict,
} from '@weft/engine';
import { defineBlock, type Scope } from '@weft/telemetry';
import type { RequestHead } from '../../http/head.ts';
import { FilterStatus, type FilterStream, type HttpFilter, type HttpFilterKind } from './filter.ts';

const ENFORCED = defineBlock(RBAC_STATS);
const SHADOW = defineBlock(RBAC_SHADOW_STATS);

/** See the file's head. */
export const RBAC: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.rbac.v3.RBAC',
  create: ({ name, isDisabled, config }, { scope }) => {
    const runtime = config as RbacFilterRuntime;
    const stats = new RbacStats(scope, runtime);
    return {
      name,
      isDisabled,
      create: (stream) => new RbacFilter(stream, (stream.routeConfigs[0] ?? runtime) as RbacFilterRuntime, stats),
    };
  },
};

/** What is counted, always under the names of the filter, whatever the route says. */
class RbacStats {
  readonly #enforced: Scope;
  readonly #shadow: Scope;
  readonly #countsPolicies: boolean;
  readonly enforced: Float64Array;
  readonly shadow: Float64Array;

  constructor(scope: Scope, { rulesStatPrefix, shadowStatPrefix, countsPolicies }: RbacFilterRuntime) {
    const scopeOf = (prefix: string) => (prefix === '' ? scope.child('rbac') : scope.child('rbac', withoutDot(prefix)));
    this.#enforced = scopeOf(rulesStatPrefix);
    this.#shadow = scopeOf(shadowStatPrefix);
    this.#countsPolicies = countsPolicies;
    this.enforced = this.#enforced.block(ENFORCED).values;
    this.shadow = this.#shadow.block(SHADOW).values;
  }

  count({ isAllowed, policyName }: RbacVerdict, isShadow: boolean): void {
    if (isShadow) this.shadow[isAllowed ? SHADOW.at.shadow_allowed : SHADOW.at.shadow_denied]! += 1;
    else this.enforced[isAllowed ? ENFORCED.at.allowed : ENFORCED.at.denied]! += 1;
    if (!this.#countsPolicies || policyName === '') return;
    const scope = isShadow ? this.#shadow : this.#enforced;
    scope.counter('policy', policyName, `${isShadow ? 'shadow_' : ''}${isAllowed ? 'allowed' : 'denied'}`).inc();
  }
}

class RbacFilter implements HttpFilter {
  readonly #stream: FilterStream;
  readonly #runtime: RbacFilterRuntime;
  readonly #stats: RbacStats;

  constructor(stream: FilterStream, runtime: RbacFilterRuntime, stats: RbacStats) {
    this.#stream = stream;
    this.#runtime = runtime;
    this.#stats = stats;
  }

  onRequestHead(_head: RequestHead): FilterStatus {
    const { rules, shadowRules } = this.#runtime;
    const { view } = this.#stream;
    const shadow = shadowRules?.decide(view);
    if (shadow !== undefined) this.#note(shadow, true);
    const verdict = rules?.decide(view);
    if (verdict === undefined) return FilterStatus.next;
    this.#note(verdict, false);
    if (verdict.isAllowed) return FilterStatus.next;
    this.#stream.reply({ status: 403, body: RBAC_DENIED_BODY, details: verdict.details });
    return FilterStatus.hold;
  }

  #note(verdict: RbacVerdict, isShadow: boolean): void {
    this.#stats.count(verdict, isShadow);
    for (const [key, value] of verdict.metadata) this.#stream.setMetadata(RBAC_METADATA_NAMESPACE, key, value);
    if (verdict.accessLogHint !== undefined) {
      this.#stream.setMetadata(ACCESS_LOG_HINT_NAMESPACE, 'access_log_hint', verdict.accessLogHint);
    }
  }
}

function withoutDot(prefix: string): string {
  return prefix.endsWith('.') ? prefix.slice(0, -1) : prefix;
}
