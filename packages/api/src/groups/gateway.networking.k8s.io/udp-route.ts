/** Forwarding of UDP packets. */
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { list, object, required } from '../../schema/index.ts';
import { ageColumn } from './columns.ts';
import { commonRouteFields } from './parent-ref.ts';
import { routeStatus } from './route-status.ts';
import { streamRule } from './stream-rule.ts';
import { uniqueRuleNames } from './union-rules.ts';

/** Forwards the UDP packets of a listener to backends. */
export const udpRoute = defineKind({
  group: 'gateway.networking.k8s.io',
  kind: 'UDPRoute',
  plural: 'udproutes',
  categories: ['gateway-api'],
  scope: 'Namespaced',
  description: 'Forwards the UDP packets of a listener to backends.',
  fields: {
    spec: required(
      object('Where packets go.', {
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

/** A UDPRoute. */
export type UdpRoute = ObjectOf<typeof udpRoute>;
