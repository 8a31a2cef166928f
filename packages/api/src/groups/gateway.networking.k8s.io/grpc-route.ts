/** Routing of gRPC calls. */
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { list, object, required } from '../../schema/index.ts';
import { backendRefFields, servicePortRule } from './backend-ref.ts';
import { ageColumn } from './columns.ts';
import { grpcRouteMatch } from './matches.ts';
import { commonRouteFields } from './parent-ref.ts';
import { grpcRouteFilters } from './route-filters.ts';
import { routeStatus } from './route-status.ts';
import { hostname, sectionName } from './scalars.ts';
import { sessionPersistence } from './session-persistence.ts';
import { boundedMatches, uniqueRuleNames } from './union-rules.ts';

const backend = object(
  'A backend, its share of the traffic, and filters for what it gets.',
  { ...backendRefFields, filters: grpcRouteFilters },
  { rules: [servicePortRule] },
);

const rule = object('What happens to calls that match.', {
  name: sectionName('Name of the rule, unique in the route.'),
  matches: list(
    'Calls that the rule applies to: those that one of the entries matches; all when empty.',
    grpcRouteMatch,
    {
      listType: 'atomic',
      maxItems: 64,
    },
  ),
  filters: grpcRouteFilters,
  backendRefs: list('Backends that share the calls by weight.', backend, { listType: 'atomic', maxItems: 16 }),
  sessionPersistence,
});

const fields = {
  spec: required(
    object('Which calls go where.', {
      ...commonRouteFields,
      hostnames: list('Hosts that the route answers for; those of the listener when absent.', hostname('Host name.'), {
        listType: 'atomic',
        maxItems: 16,
      }),
      rules: list('Rules, the most specific match first.', rule, {
        listType: 'atomic',
        maxItems: 16,
        rules: [uniqueRuleNames, boundedMatches],
      }),
    }),
  ),
  status: routeStatus,
};

/** Routes gRPC calls that reach a Gateway, or a Service of the mesh, to backends. */
export const grpcRoute = defineKind({
  group: 'gateway.networking.k8s.io',
  kind: 'GRPCRoute',
  plural: 'grpcroutes',
  categories: ['gateway-api'],
  scope: 'Namespaced',
  description: 'Routes gRPC calls that reach a Gateway, or a Service of the mesh, to backends.',
  fields,
  versions: [{ name: 'v1', isStorage: true }],
  hasStatus: true,
  columns: [{ name: 'Hostnames', type: 'string', value: '.spec.hostnames' }, ageColumn],
});

/** A GRPCRoute. */
export type GrpcRoute = ObjectOf<typeof grpcRoute>;
