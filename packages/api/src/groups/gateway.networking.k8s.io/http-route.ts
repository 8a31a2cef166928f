/** Routing of HTTP requests. */
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { integer, list, object, required } from '../../schema/index.ts';
import { backendRefFields, servicePortRule } from './backend-ref.ts';
import { ageColumn } from './columns.ts';
import { httpRuleRules, timeoutsNest } from './http-route.rules.ts';
import { httpRouteMatch } from './matches.ts';
import { commonRouteFields } from './parent-ref.ts';
import { httpRouteFilters } from './route-filters.ts';
import { routeStatus } from './route-status.ts';
import { gatewayDuration, hostname, sectionName } from './scalars.ts';
import { sessionPersistence } from './session-persistence.ts';
import { boundedMatches, uniqueRuleNames } from './union-rules.ts';

const anyPath = { path: { type: 'PathPrefix', value: '/' } } as const;

const backend = object(
  'A backend, its share of the traffic, and filters for what it gets.',
  { ...backendRefFields, filters: httpRouteFilters },
  { rules: [servicePortRule] },
);

const timeouts = object(
  'How long requests may take.',
  {
    request: gatewayDuration('Time for the whole request, all tries included; 0s for no limit.'),
    backendRequest: gatewayDuration('Time for one try at a backend; 0s for no limit.'),
  },
  { rules: [timeoutsNest] },
);

const retry = object('When a failed request is tried again.', {
  codes: list(
    'Response statuses that are worth another try.',
    integer('Status from 400 to 599.', { minimum: 400, maximum: 599 }),
    { listType: 'set' },
  ),
  attempts: integer('Tries beside the first.'),
  backoff: gatewayDuration('Pause before the first retry; later ones wait longer.'),
});

const rule = object(
  'What happens to requests that match.',
  {
    name: sectionName('Name of the rule, unique in the route.'),
    matches: list('Requests that the rule applies to: those that one of the entries matches.', httpRouteMatch, {
      listType: 'atomic',
      maxItems: 64,
      default: [anyPath],
    }),
    filters: httpRouteFilters,
    backendRefs: list('Backends that share the requests by weight.', backend, { listType: 'atomic', maxItems: 16 }),
    timeouts,
    retry,
    sessionPersistence,
  },
  { rules: httpRuleRules },
);

const fields = {
  spec: required(
    object('Which requests go where.', {
      ...commonRouteFields,
      hostnames: list('Hosts that the route answers for; those of the listener when absent.', hostname('Host name.'), {
        listType: 'atomic',
        maxItems: 16,
      }),
      rules: list('Rules, the most specific match first.', rule, {
        listType: 'atomic',
        minItems: 1,
        maxItems: 16,
        default: [{ matches: [anyPath] }],
        rules: [uniqueRuleNames, boundedMatches],
      }),
    }),
  ),
  status: routeStatus,
};

/** Routes HTTP requests that reach a Gateway, or a Service of the mesh, to backends. */
export const httpRoute = defineKind({
  group: 'gateway.networking.k8s.io',
  kind: 'HTTPRoute',
  plural: 'httproutes',
  categories: ['gateway-api'],
  scope: 'Namespaced',
  description: 'Routes HTTP requests that reach a Gateway, or a Service of the mesh, to backends.',
  fields,
  versions: [{ name: 'v1', isStorage: true }, { name: 'v1beta1' }],
  hasStatus: true,
  columns: [{ name: 'Hostnames', type: 'string', value: '.spec.hostnames' }, ageColumn],
});

/** An HTTPRoute. */
export type HttpRoute = ObjectOf<typeof httpRoute>;
