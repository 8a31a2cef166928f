/** Rules that send requests on. */
import type {
  RouteAction_HashPolicyJson,
  RouteAction_RequestMirrorPolicyJson,
  RouteActionJson,
  WeightedCluster_ClusterWeightJson,
} from '@weft/proto/envoy/config/route/v3/route_components';
import type { Finding, HttpRouteSpec, RuleRef } from '../../../mesh/model/index.ts';
import { findingAt } from '../../finding-at.ts';
import { durationJson, fractionOfPercent, NO_TIMEOUT, wholePercent } from '../../json/values.ts';
import { type RuleContext, within } from './context.ts';
import { resolveDestination } from './destination.ts';
import { hashPolicyOf } from './hash-policy.ts';
import { type HeaderChanges, joinHeaders, translateHeaders } from './headers.ts';
import { retryPolicy } from './retry.ts';

type RouteDestination = NonNullable<HttpRouteSpec['route']>[number];

/** Weights of one route may not add up to more. */
const MAX_TOTAL_WEIGHT = 2 ** 32 - 1;

/** What is told of a field that proxies refuse so far. */
export const NO_REMOTE_RETRIES = 'retries go to any locality that load balancing chooses; the field has no effect';

/** An action, and the headers that change with it. */
export interface Forwarding {
  readonly action: RouteActionJson;
  readonly headers: HeaderChanges;
}

/** The action of a rule; undefined when no destination has a weight. */
export function translateForward(
  spec: HttpRouteSpec,
  source: RuleRef,
  context: RuleContext,
  findings: Finding[],
): Forwarding | undefined {
  const own = translateHeaders(spec.headers);
  const targets = translateTargets(spec.route ?? [], source, context, findings);
  if (targets === undefined) return undefined;
  const authority = spec.rewrite?.authority || own.authority || targets.authority;
  const retries = retryPolicy(spec.retries ?? context.settings.config.defaultHttpRetryPolicy, targets.isHashed);
  if (spec.retries?.retryRemoteLocalities === true) {
    findings.push(findingAt('UnsupportedField', source, 'retries.retryRemoteLocalities', NO_REMOTE_RETRIES));
  }
  const mirrors = translateMirrors(spec, source, context, findings);
  const action: RouteActionJson = {
    ...targets.specifier,
    ...translateRewrite(spec.rewrite),
    ...(authority === undefined ? {} : { hostRewriteLiteral: authority }),
    ...timeouts(spec.timeout, context.isProxyless),
    ...(retries === undefined ? {} : { retryPolicy: retries }),
    ...(mirrors.length === 0 ? {} : { requestMirrorPolicies: mirrors }),
    ...(targets.hashPolicies.length === 0 ? {} : { hashPolicy: targets.hashPolicies }),
  };
  return { action, headers: joinHeaders(own.changes, targets.headers) };
}

/**
 * How long a request may take: for ever when nothing is said (SEMANTICS 11). What gRPC clients ask for may not be longer;
 * clients that are their own proxy read it elsewhere.
 */
export function timeouts(text: string | undefined, isProxyless: boolean): RouteActionJson {
  const timeout = (text === undefined ? undefined : durationJson(text)) ?? NO_TIMEOUT;
  return isProxyless
    ? { timeout, maxStreamDuration: { maxStreamDuration: timeout } }
    : { timeout, maxGrpcTimeout: timeout };
}

interface Targets {
  readonly specifier: Pick<RouteActionJson, 'cluster' | 'weightedClusters'>;
  readonly headers: HeaderChanges;
  readonly hashPolicies: RouteAction_HashPolicyJson[];
  /** Whether retries have to stay where the hash leads. */
  readonly isHashed: boolean;
  /** The host that the only destination sets. */
  readonly authority: string | undefined;
}

function translateTargets(
  destinations: readonly RouteDestination[],
  source: RuleRef,
  context: RuleContext,
  findings: Finding[],
): Targets | undefined {
  const [only] = destinations;
  const hashPolicies: RouteAction_HashPolicyJson[] = [];
  const clusterOf = ({ destination }: RouteDestination, i: number): string => {
    const at = within(source, `route[${i}].destination`);
    const { cluster, rule, port, subset } = resolveDestination(destination, at, context, findings);
    const policy = hashPolicyOf(rule, port, subset);
    if (policy !== undefined) hashPolicies.push(policy);
    return cluster;
  };
  if (only !== undefined && destinations.length === 1) {
    const { changes, authority } = translateHeaders(only.headers);
    const cluster = clusterOf(only, 0);
    return { specifier: { cluster }, headers: changes, hashPolicies, isHashed: hashPolicies.length > 0, authority };
  }
  const clusters = destinations.flatMap((one, i) => ((one.weight ?? 0) > 0 ? [weighted(one, clusterOf(one, i))] : []));
  if (clusters.length === 0) return undefined;
  return {
    specifier: { weightedClusters: { clusters: boundWeights(clusters) } },
    headers: {},
    hashPolicies,
    isHashed: false,
    authority: undefined,
  };
}

function weighted({ weight, headers }: RouteDestination, name: string): WeightedCluster_ClusterWeightJson {
  const { changes, authority } = translateHeaders(headers);
  return { name, weight: weight!, ...changes, ...(authority === undefined ? {} : { hostRewriteLiteral: authority }) };
}

/** Only shares count: what adds up to too much is made smaller, and nothing falls to zero for it. */
function boundWeights(clusters: WeightedCluster_ClusterWeightJson[]): WeightedCluster_ClusterWeightJson[] {
  const total = clusters.reduce((sum, { weight }) => sum + Number(weight), 0);
  if (total <= MAX_TOTAL_WEIGHT) return clusters;
  const divisor = (2 * total) / MAX_TOTAL_WEIGHT;
  return clusters.map((one) => ({ ...one, weight: Math.ceil(Number(one.weight) / divisor) }));
}

function translateRewrite(rewrite: HttpRouteSpec['rewrite']): Pick<RouteActionJson, 'regexRewrite' | 'prefixRewrite'> {
  const { uri = '', uriRegexRewrite } = rewrite ?? {};
  if (uriRegexRewrite !== undefined) {
    const { match: regex = '', rewrite: substitution = '' } = uriRegexRewrite;
    return { regexRewrite: { pattern: { regex }, substitution } };
  }
  return uri === '' ? {} : { prefixRewrite: uri };
}

function translateMirrors(
  spec: HttpRouteSpec,
  source: RuleRef,
  context: RuleContext,
  findings: Finding[],
): RouteAction_RequestMirrorPolicyJson[] {
  const { mirror, mirrors = [], mirrorPercentage, mirrorPercent = spec.mirror_percent } = spec;
  const shares = [
    ...(mirror === undefined
      ? []
      : [
          {
            destination: mirror,
            path: 'mirror',
            percent: mirrorPercentage?.value ?? mirrorPercent ?? undefined,
            isSaid: mirrorPercentage !== undefined,
          },
        ]),
    ...mirrors.map(({ destination, percentage }, i) => ({
      destination,
      path: `mirrors[${i}].destination`,
      percent: percentage?.value,
      isSaid: percentage !== undefined,
    })),
  ];
  return shares.flatMap(({ destination, path, percent, isSaid }) => {
    const share = percent ?? (isSaid ? 0 : 100);
    if (share <= 0) return [];
    const { cluster } = resolveDestination(destination, within(source, path), context, findings);
    return [{ cluster, runtimeFraction: { defaultValue: fractionOf(share) }, traceSampled: false }];
  });
}

function fractionOf(percent: number): ReturnType<typeof wholePercent> {
  return Number.isInteger(percent) ? wholePercent(percent) : fractionOfPercent(percent);
}
