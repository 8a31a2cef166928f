import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptySnapshot } from '../../../mesh/index.ts';
import type { Finding, HttpRouteSpec, VirtualServiceIr } from '../../../mesh/model/index.ts';
import { problemsOf } from '../../check-resource.ts';
import type { RuleContext } from './context.ts';
import { translateRules } from './translate-rules.ts';

const text = fc.oneof(
  fc.constantFrom(
    '',
    '*',
    '/',
    'a',
    '%REQ(x)%',
    '%NOPE%',
    '__proto__',
    'constructor',
    ':path',
    'host',
    '(',
    '.*',
    '\n',
  ),
  fc.string({ maxLength: 12 }),
);
const number = fc.oneof(fc.constantFrom(-1, 0, 1, 80, 301, 404, 2 ** 31 - 1), fc.integer(), fc.double());
const duration = fc.constantFrom('1s', '0s', '5ms', '1h1m', 'soon', '', '-1s', '99999999h');
const share = fc.record({ value: number }, { requiredKeys: [] });
const match = fc.record({ exact: text, prefix: text, regex: text }, { requiredKeys: [] });
const matches = fc.dictionary(text, match, { maxKeys: 3 });
const operations = fc.record(
  {
    set: fc.dictionary(text, text, { maxKeys: 3 }),
    add: fc.dictionary(text, text, { maxKeys: 3 }),
    remove: fc.array(text, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const headers = fc.record({ request: operations, response: operations }, { requiredKeys: [] });
const destination = fc.record(
  { host: text, subset: text, port: fc.record({ number }, { requiredKeys: [] }) },
  { requiredKeys: ['host'] },
);

/** Far from what users may write: whatever gets through the checks of objects must not get further than here. */
const rule = fc.record(
  {
    name: text,
    match: fc.array(
      fc.record(
        {
          name: text,
          statPrefix: text,
          uri: match,
          method: match,
          scheme: match,
          authority: match,
          headers: matches,
          withoutHeaders: matches,
          queryParams: matches,
          ignoreUriCase: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 3 },
    ),
    route: fc.array(fc.record({ destination, weight: number, headers }, { requiredKeys: ['destination'] }), {
      maxLength: 3,
    }),
    redirect: fc.record(
      { uri: text, authority: text, scheme: text, port: number, prefixRewrite: text, redirectCode: number },
      { requiredKeys: [] },
    ),
    directResponse: fc.record({ status: number, body: fc.record({ string: text, bytes: text }, { requiredKeys: [] }) }),
    rewrite: fc.record(
      { uri: text, authority: text, uriRegexRewrite: fc.record({ match: text, rewrite: text }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
    timeout: duration,
    retries: fc.record(
      {
        attempts: number,
        retryOn: text,
        perTryTimeout: duration,
        backoff: duration,
        retryIgnorePreviousHosts: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    fault: fc.record(
      {
        delay: fc.record({ fixedDelay: duration, percentage: share, percent: number }, { requiredKeys: [] }),
        abort: fc.record({ httpStatus: number, grpcStatus: text, percentage: share }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
    mirror: destination,
    mirrorPercentage: share,
    corsPolicy: fc.record(
      {
        allowOrigins: fc.array(match, { maxLength: 2 }),
        allowMethods: fc.array(text, { maxLength: 2 }),
        maxAge: duration,
      },
      { requiredKeys: [] },
    ),
    headers,
  },
  { requiredKeys: [] },
);

const context: RuleContext = {
  gateway: 'mesh',
  port: 80,
  isTls: false,
  namespace: 'a',
  labels: {},
  isProxyless: false,
  settings: emptySnapshot().settings,
  serviceOf: () => undefined,
  destinationRuleOf: () => undefined,
};

test('whatever rules say, proxies take the routes, and what they would not take is told', () => {
  const ref = { kind: 'VirtualService', namespace: 'a', name: 'x' } as const;
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 3 }), (rules) => {
      const http = rules.map((spec, i) => ({
        spec: spec as HttpRouteSpec,
        source: { object: ref, path: `spec.http[${i}]` },
      }));
      const service: VirtualServiceIr = {
        ref,
        createdAtMs: 0,
        hosts: ['x'],
        gateways: ['mesh'],
        visibility: { isPublic: true, namespaces: [], isExplicit: false },
        http,
        tls: [],
        tcp: [],
      };
      const findings: Finding[] = [];
      const routes = translateRules(service, context, findings);
      const config = { virtualHosts: [{ name: 'x', domains: ['*'], routes }], maxDirectResponseBodySizeBytes: 1 << 20 };
      assert.deepEqual(problemsOf('envoy.config.route.v3.RouteConfiguration', config), []);
      const again = translateRules(service, context, []);
      assert.deepEqual(routes, again);
    }),
    { numRuns: 300 },
  );
});
