/**
 * Takes out what proxies would refuse. They refuse a route configuration as a whole, and with it everything on a port: a single rule
 * that slipped through the checks of its object may not do that to others.
 */
import type { RouteJson } from '@weft/proto/envoy/config/route/v3/route_components';
import type { Finding, RuleRef } from '../../../mesh/model/index.ts';
import { problemsOf } from '../../check-resource.ts';
import { findingAt } from '../../finding-at.ts';
import { MAX_DIRECT_RESPONSE_BYTES } from '../route-configuration.ts';

/** A route, and the rule that it was made from. */
export interface RuleRoute {
  readonly route: RouteJson;
  readonly source: RuleRef;
}

const PLACE = /^virtual_?hosts\[0\]\.routes\[(\d+)\]\.?/i;

/** The routes; where one would be refused, its requests are answered with 500, and it is gone when it is the match that is wrong. */
export function checkRoutes(made: readonly RuleRoute[], findings: Finding[]): RouteJson[] {
  const refused = refusedOf(made.map(({ route }) => route));
  if (refused.size === 0) return made.map(({ route }) => route);
  const left = made.flatMap((one, i): RuleRoute[] => {
    const refusal = refused.get(i);
    if (refusal === undefined) return [one];
    const { field, reason } = refusal;
    const text = `proxies refuse ${field} of the route: ${reason}; requests are answered with 500`;
    findings.push(findingAt('UnusableRule', one.source, '', text));
    const route = failing(one.route);
    return refusedOf([route]).size === 0 ? [{ ...one, route }] : [];
  });
  // Some mistakes are seen only when there are no coarser ones.
  return checkRoutes(left, findings);
}

interface Refusal {
  readonly field: string;
  readonly reason: string;
}

/** Places of routes that are refused, each with the first reason. */
function refusedOf(routes: RouteJson[]): ReadonlyMap<number, Refusal> {
  const refused = new Map<number, Refusal>();
  const config = {
    virtualHosts: [{ name: 'rules', domains: ['*'], routes }],
    maxDirectResponseBodySizeBytes: MAX_DIRECT_RESPONSE_BYTES,
  };
  for (const { path, reason } of problemsOf('envoy.config.route.v3.RouteConfiguration', config)) {
    const place = PLACE.exec(path);
    const index = place === null ? -1 : Number(place[1]);
    if (index >= 0 && !refused.has(index)) refused.set(index, { field: path.slice(place![0].length), reason });
  }
  return refused;
}

function failing({ name, match, metadata }: RouteJson): RouteJson {
  return {
    ...(name === undefined ? {} : { name }),
    ...(match === undefined ? {} : { match }),
    ...(metadata === undefined ? {} : { metadata }),
    directResponse: { status: 500 },
  };
}
