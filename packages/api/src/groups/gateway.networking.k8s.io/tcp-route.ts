/** Forwarding of TCP connections. */
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { list, object, required } from '../../schema/index.ts';
import { ageColumn } from './columns.ts';
import { commonRouteFields } from './parent-ref.ts';
import { routeStatus } from './route-status.ts';
import { streamRule } from './stream-rule.ts';
import { uniqueRuleNames } from './union-rules.ts';

/** Forwards the TCP connections of a listener to backends. */
export const tcpRoute = defineKind({
  group: 'gateway.networking.k8s.io',
  kind: 'TCPRoute',
  plural: 'tcproutes',
  categories: ['gateway-api'],
  scope: 'Namespaced',
  description: 'Forwards the TCP connections of a listener to backends.',
  fields: {
    spec: required(
      object('Where connections go.', {
        ...commonRouteFields,
        rules: required(
          list('Rules of the route.', streamRule, {
            listType: 'atomic',
            minItems: 1,
            maxItems: 16,
            rules: [uniqueRuleNames],
          }),
        ),
      }),
    ),
    status: routeStatus,
  },
  versions: [{ name: 'v1alpha2', isStorage: true }],
  hasStatus: true,
  columns: [ageColumn],
});

/** A TCPRoute. */
export type TcpRoute = ObjectOf<typeof tcpRoute>;
