/** The filters that enforce the AuthorizationPolicies of a workload. */

import type { FilterJson } from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { RBACJson } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { HttpFilterJson } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import type { Finding } from '../../mesh/index.ts';
import { findingAt } from '../finding-at.ts';
import type { TranslationInput } from '../input.ts';
import { typed } from '../json/typed-config.ts';
import { type RbacAction, rbacRules } from './rbac-rules.ts';

const HTTP_FILTER = 'envoy.filters.http.rbac';
const NETWORK_FILTER = 'envoy.filters.network.rbac';
/** Of statistics of network filters. */
const TCP_PREFIX = 'tcp.';

/** One filter, before it is known what it stands in. */
interface RbacFilter {
  readonly rules?: RBACJson;
  readonly shadowRules?: RBACJson;
  readonly shadowRulesStatPrefix?: string;
}

/** Nobody: what an extension was to decide and cannot. */
const DENY_ALL: RbacFilter = {
  rules: {
    action: 'DENY',
    policies: { 'custom-deny-all': { permissions: [{ any: true }], principals: [{ any: true }] } },
  },
};

/** For requests, in the order in which they are asked (SEMANTICS 25). */
export function httpAuthorization(input: TranslationInput, findings: Finding[]): HttpFilterJson[] {
  const rules = shared(input, true, findings);
  return input.memo.get('httpAuthorization', [rules], () =>
    rules.map((config) => ({
      name: HTTP_FILTER,
      typedConfig: typed('envoy.extensions.filters.http.rbac.v3.RBAC', config),
    })),
  );
}

/** For connections that are no HTTP, in the same order. */
export function tcpAuthorization(input: TranslationInput, findings: Finding[]): FilterJson[] {
  const rules = shared(input, false, findings);
  return input.memo.get('tcpAuthorization', [rules], () =>
    rules.map((config) => ({
      name: NETWORK_FILTER,
      typedConfig: typed('envoy.extensions.filters.network.rbac.v3.RBAC', { ...config, statPrefix: TCP_PREFIX }),
    })),
  );
}

interface Made {
  readonly filters: readonly RbacFilter[];
  readonly findings: readonly Finding[];
}

function shared({ authorization, snapshot, memo }: TranslationInput, isHttp: boolean, findings: Finding[]) {
  const { custom, deny, allow, audit } = authorization;
  const policies = [custom, audit, deny, allow];
  const parts = [isHttp, snapshot.settings, ...policies.flatMap((list) => [list.length, ...list])];
  const made = memo.get('authorization', parts, (): Made => {
    const own: Finding[] = [];
    const make = (list: typeof deny, action: RbacAction, statName: string): readonly RbacFilter[] => {
      const { enforced, dryRun } = rbacRules(list, action, isHttp, snapshot, own);
      if (enforced === undefined && dryRun === undefined) return [];
      const tried = dryRun && { shadowRules: dryRun, shadowRulesStatPrefix: `istio_dry_run_${statName}_` };
      return [{ ...(enforced && { rules: enforced }), ...tried }];
    };
    for (const { ref, spec } of custom) {
      const message = `provider ${JSON.stringify(spec.provider?.name ?? '')} cannot be asked, since decisions by extensions are not supported yet: all requests are denied`;
      own.push(findingAt('UnsupportedProvider', { object: ref, path: 'spec.provider' }, '', message));
    }
    const filters = [
      ...(custom.length > 0 ? [DENY_ALL] : []),
      ...make(audit, 'LOG', 'audit'),
      ...make(deny, 'DENY', 'deny'),
      ...make(allow, 'ALLOW', 'allow'),
    ];
    return { filters, findings: own };
  });
  findings.push(...made.findings);
  return made.filters;
}
