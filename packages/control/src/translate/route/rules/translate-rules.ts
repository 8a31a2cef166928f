/** The HTTP rules of a VirtualService as routes, for one place that applies them. */
import type { AnyJson } from '@bufbuild/protobuf/wkt';
import type { RouteJson, RouteMatchJson } from '@weft/proto/envoy/config/route/v3/route_components';
import type { Finding, HttpMatchSpec, HttpRouteSpec, RouteIr, VirtualServiceIr } from '../../../mesh/model/index.ts';
import { isSelected } from '../../../mesh/names/labels.ts';
import { findingAt } from '../../finding-at.ts';
import { typed } from '../../json/typed-config.ts';
import { HTTP_FILTER_NAME } from '../../listener/http-filters.ts';
import { parseClusterName } from '../../names/cluster-name.ts';
import { provenance } from '../../provenance.ts';
import { REDIRECT_STATUSES, translateDirectResponse, translateRedirect } from './answers.ts';
import { checkRoutes, type RuleRoute } from './check-routes.ts';
import { type RuleContext, within } from './context.ts';
import { translateCors } from './cors.ts';
import { translateFault } from './fault.ts';
import { translateForward } from './forward.ts';
import { translateHeaders } from './headers.ts';
import { isCatchAll, routeMatch } from './match.ts';

type Rule = RouteIr<HttpRouteSpec>;
/** A route without its match: what all matches of a rule share. */
type RouteBody = Omit<RouteJson, 'name' | 'match' | 'statPrefix' | 'decorator'>;

/**
 * The routes, in order; none when no rule is for this place. Rules for other workloads, gateways and ports are left out
 * here, and nothing follows a rule that takes every request.
 */
export function translateRules(service: VirtualServiceIr, context: RuleContext, findings: Finding[]): RouteJson[] {
  const routes: RuleRoute[] = [];
  for (const [i, rule] of service.http.entries()) {
    const matches = rule.spec.match ?? [];
    const asked =
      matches.length === 0 ? [undefined] : matches.filter((one, j) => applies(one, rule, j, context, findings));
    if (asked.length === 0) continue;
    const body = translateBody(rule, context, findings);
    for (const match of asked) {
      const route = withMatch(body, rule.spec, match, { service, port: context.port });
      routes.push({ route, source: rule.source });
      if (!isCatchAll(route.match!)) continue;
      if (match === undefined || !isConditional(match)) tellUnreachable(rule, service.http.slice(i + 1), findings);
      return checkRoutes(routes, findings);
    }
  }
  return checkRoutes(routes, findings);
}

function applies(match: HttpMatchSpec, rule: Rule, index: number, context: RuleContext, findings: Finding[]): boolean {
  const { gateways = [], sourceLabels = {}, sourceNamespace = '', port = 0 } = match;
  if (port !== 0 && port !== context.port) return false;
  if (gateways.length === 0) {
    return (
      isSelected(sourceLabels, context.labels) && (sourceNamespace === '' || sourceNamespace === context.namespace)
    );
  }
  // As in Istio: beside a list of gateways, what is said about the source does not count.
  if (Object.keys(sourceLabels).length > 0 || sourceNamespace !== '') {
    const at = within(rule.source, `match[${index}]`);
    const text = 'sourceLabels and sourceNamespace have no effect beside gateways; leave the list of gateways out';
    findings.push(findingAt('IgnoredMatch', at, '', text));
  }
  return gateways.includes(context.gateway);
}

/** Whether other places may see a rule for every request otherwise. */
function isConditional({ gateways = [], sourceLabels = {}, sourceNamespace = '', port = 0 }: HttpMatchSpec): boolean {
  return gateways.length > 0 || Object.keys(sourceLabels).length > 0 || sourceNamespace !== '' || port !== 0;
}

function tellUnreachable(first: Rule, behind: readonly Rule[], findings: Finding[]): void {
  for (const { source } of behind) {
    const { kind, namespace, name } = first.source.object;
    const text = `never reached: ${first.source.path} of ${kind} ${namespace}/${name} stands before it and matches every request`;
    findings.push(findingAt('UnreachableRule', source, '', text));
  }
}

function translateBody(rule: Rule, context: RuleContext, findings: Finding[]): RouteBody {
  const { spec, source, via } = rule;
  const { changes } = translateHeaders(spec.headers);
  const filters = filterConfigs(spec);
  const common: RouteBody = {
    metadata: provenance(via === undefined ? [source] : [via, source]),
    ...(Object.keys(filters).length === 0 ? {} : { typedPerFilterConfig: filters }),
  };
  if (spec.redirect !== undefined) {
    const redirect = translateRedirect(spec.redirect, context);
    if (redirect !== undefined) return { ...common, ...changes, redirect };
    const text = `redirects have one of the statuses ${REDIRECT_STATUSES.join(', ')}, not ${spec.redirect.redirectCode}`;
    findings.push(
      findingAt('UnusableRule', source, 'redirect.redirectCode', `${text}; requests are answered with 500`),
    );
    return { ...common, directResponse: { status: 500 } };
  }
  if (spec.directResponse !== undefined) {
    return { ...common, ...changes, directResponse: translateDirectResponse(spec.directResponse) };
  }
  const forwarding = translateForward(spec, source, context, findings);
  if (forwarding !== undefined) return { ...common, ...forwarding.headers, route: forwarding.action };
  const text = 'no destination has a weight above 0; requests are answered with 500';
  findings.push(findingAt('UnusableRule', source, 'route', text));
  return { ...common, directResponse: { status: 500 } };
}

function filterConfigs({ fault, corsPolicy }: HttpRouteSpec): Record<string, AnyJson> {
  const filters: Record<string, AnyJson> = {};
  const faults = fault && translateFault(fault);
  if (faults !== undefined)
    filters[HTTP_FILTER_NAME.fault] = typed('envoy.extensions.filters.http.fault.v3.HTTPFault', faults);
  if (corsPolicy !== undefined) {
    filters[HTTP_FILTER_NAME.cors] = typed(
      'envoy.extensions.filters.http.cors.v3.CorsPolicy',
      translateCors(corsPolicy),
    );
  }
  return filters;
}

interface Place {
  readonly service: VirtualServiceIr;
  readonly port: number;
}

function withMatch(
  body: RouteBody,
  { name = '' }: HttpRouteSpec,
  match: HttpMatchSpec | undefined,
  place: Place,
): RouteJson {
  const { name: matchName = '', statPrefix = '' } = match ?? {};
  const fullName = matchName === '' ? name : `${name}.${matchName}`;
  const json = routeMatch(match);
  return {
    ...(fullName === '' ? {} : { name: fullName }),
    match: json,
    ...(statPrefix === '' ? {} : { statPrefix }),
    decorator: { operation: operationOf(json, body, place) },
    ...body,
  };
}

/** What spans are called: the only destination, or the VirtualService, and the path. */
function operationOf(match: RouteMatchJson, { route }: RouteBody, { service, port }: Place): string {
  const path = match.path ?? match.safeRegex?.regex ?? `${match.prefix}*`;
  const target = route?.cluster === undefined ? undefined : parseClusterName(route.cluster);
  return target === undefined ? `${service.ref.name}:${port}${path}` : `${target.hostname}:${target.port}${path}`;
}
