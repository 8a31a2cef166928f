/** Forwarding of TLS connections by the server name that clients ask for. */
import { parseIp } from '@weft/core';
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { list, object, required, type SchemaRule } from '../../schema/index.ts';
import { ageColumn } from './columns.ts';
import { commonRouteFields } from './parent-ref.ts';
import { routeStatus } from './route-status.ts';
import { hostname } from './scalars.ts';
import { streamRule } from './stream-rule.ts';
import { uniqueRuleNames } from './union-rules.ts';

const DNS_NAME = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
const dnsName = new RegExp(DNS_NAME);

const hostnameRules: readonly SchemaRule<string[]>[] = [
  {
    message: 'Hostnames cannot contain an IP',
    cel: 'self.all(h, !isIP(h))',
    check: (names) => names.every((name) => parseIp(name) === undefined),
  },
  {
    message: 'Hostnames must be valid based on RFC-1123',
    cel: `self.all(h, h.contains('*') || h.matches(r"${DNS_NAME}"))`,
    check: (names) => names.every((name) => name.includes('*') || dnsName.test(name)),
  },
  {
    message: 'Wildcards on hostnames must be the first label, and the rest of hostname must be valid based on RFC-1123',
    cel: `self.all(h, !h.contains('*') || (h.startsWith('*.') && h.substring(2).matches(r"${DNS_NAME}")))`,
    check: (names) =>
      names.every((name) => !name.includes('*') || (name.startsWith('*.') && dnsName.test(name.slice(2)))),
  },
];

const fields = {
  spec: required(
    object('Which connections go where.', {
      ...commonRouteFields,
      hostnames: required(
        list('Server names that clients ask for.', hostname('Server name.'), {
          listType: 'atomic',
          minItems: 1,
          maxItems: 16,
          rules: hostnameRules,
        }),
      ),
      rules: required(list('The rule of the route.', streamRule, { listType: 'atomic', minItems: 1, maxItems: 1 })),
    }),
  ),
  status: routeStatus,
};

/** v1alpha2 allowed several rules and routes without names. */
const alphaFields = {
  spec: required(
    object('Which connections go where.', {
      ...commonRouteFields,
      hostnames: list('Server names that clients ask for; all when absent.', hostname('Server name.'), {
        listType: 'atomic',
        maxItems: 16,
        rules: hostnameRules,
      }),
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
};

/** Forwards TLS connections to backends by the server name that clients ask for. */
export const tlsRoute = defineKind({
  group: 'gateway.networking.k8s.io',
  kind: 'TLSRoute',
  plural: 'tlsroutes',
  categories: ['gateway-api'],
  scope: 'Namespaced',
  description: 'Forwards TLS connections to backends by the server name that clients ask for.',
  fields,
  versions: [{ name: 'v1', isStorage: true }, { name: 'v1alpha3' }, { name: 'v1alpha2', fields: alphaFields }],
  hasStatus: true,
  columns: [ageColumn],
});

/** A TLSRoute. */
export type TlsRoute = ObjectOf<typeof tlsRoute>;
