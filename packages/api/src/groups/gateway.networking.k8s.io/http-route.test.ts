import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { normalize, prepare } from '../../kind/index.ts';
import { assertAccepted, assertRefused } from '../../test-support/judge.ts';
import { httpRoute } from './http-route.ts';

const PLAIN = "['Exact', 'PathPrefix']";
const rule = (text: string) => `{rules: [{${text}}]}`;
const match = (text: string) => rule(`matches: [{${text}}]`);
const filters = (text: string) => rule(`filters: [${text}]`);
const backend = 'backendRefs: [{name: a, port: 80}]';

test('what is left out is filled in', () => {
  const given = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'a' },
    spec: parse('{parentRefs: [{name: gw}], rules: [{backendRefs: [{name: b, port: 80}]}]}') as unknown,
  };
  const { object } = normalize(httpRoute, 'v1', given);
  assert.deepEqual(object['spec'], {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'gw' }],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        backendRefs: [{ group: '', kind: 'Service', name: 'b', port: 80, weight: 1 }],
      },
    ],
  });
  const { object: empty } = normalize(httpRoute, 'v1', { ...given, spec: {} });
  assert.deepEqual(empty['spec'], { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] });
});

describe('matches', () => {
  test('are accepted', () => {
    assertAccepted(httpRoute, [
      ['a path', match('path: {type: Exact, value: "/a-b/c%20d/$&\'()*+,;=:@"}'), []],
      ['an expression', match('path: {type: RegularExpression, value: "^a//b/../#.*"}'), []],
      [
        'all conditions',
        match(
          'headers: [{name: x-a, value: "a b"}], queryParams: [{name: q, value: v, type: RegularExpression}], method: GET',
        ),
        [],
      ],
    ]);
  });

  test('of paths are refused with the words of the Gateway API', () => {
    const at = 'spec.rules[0].matches[0].path: Invalid value: "object": ';
    const rows: readonly (readonly [string, readonly string[]])[] = [
      ['a', [`value must be an absolute path and start with '/' when type one of ${PLAIN}`]],
      ['/a//b', [`must not contain '//' when type one of ${PLAIN}`]],
      ['/a/./b', [`must not contain '/./' when type one of ${PLAIN}`]],
      ['/a/../b', [`must not contain '/../' when type one of ${PLAIN}`]],
      ['/a%2fb', [`must not contain '%2f' when type one of ${PLAIN}`]],
      ['/a%2Fb', [`must not contain '%2F' when type one of ${PLAIN}`]],
      [
        '/a#b',
        [
          `must not contain '#' when type one of ${PLAIN}`,
          `must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ${PLAIN}`,
        ],
      ],
      ['/a/..', [`must not end with '/..' when type one of ${PLAIN}`]],
      ['/a/.', [`must not end with '/.' when type one of ${PLAIN}`]],
    ];
    assertRefused(
      httpRoute,
      rows.map(([path, messages]) => [
        path,
        match(`path: {value: "${path}"}`),
        messages.map((message) => at + message),
      ]),
    );
  });

  test('are limited', () => {
    const many = (count: number) => `{matches: [${'{}, '.repeat(count)}]}`;
    assertAccepted(httpRoute, [['128 matches', `{rules: [${many(64)}, ${many(64)}]}`, []]]);
    assertRefused(httpRoute, [
      [
        '129 matches',
        `{rules: [${many(64)}, ${many(64)}, ${many(1)}]}`,
        [
          'spec.rules: Invalid value: "array": While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128',
        ],
      ],
      ['65 matches', `{rules: [${many(65)}]}`, ['spec.rules[0].matches: Too many: 65: must have at most 64 items']],
      ['17 rules', `{rules: [${'{}, '.repeat(17)}]}`, ['spec.rules: Too many: 17: must have at most 16 items']],
      ['no rules', '{rules: []}', ['spec.rules: Invalid value: 0: spec.rules in body should have at least 1 items']],
      [
        'a header twice',
        match('headers: [{name: a, value: b}, {name: a, value: c}]'),
        ['spec.rules[0].matches[0].headers[1]: Duplicate value: {"name":"a"}'],
      ],
      [
        'a name twice',
        '{rules: [{name: a}, {name: a}]}',
        ['spec.rules: Invalid value: "array": Rule name must be unique within the route'],
      ],
    ]);
  });
});

describe('filters', () => {
  const at = 'spec.rules[0].filters[0]: Invalid value: "object": ';

  test('are accepted', () => {
    assertAccepted(httpRoute, [
      [
        'headers',
        filters('{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: b}], remove: [c]}}'),
        [],
      ],
      [
        'mirrors',
        filters(
          '{type: RequestMirror, requestMirror: {backendRef: {name: a, port: 80}, percent: 10}}, {type: RequestMirror, requestMirror: {backendRef: {name: b, port: 80}, fraction: {numerator: 1, denominator: 3}}}',
        ),
        [],
      ],
      [
        'a redirect',
        filters(
          '{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 308, path: {type: ReplaceFullPath, replaceFullPath: /a}}}',
        ),
        [],
      ],
      [
        'a rewritten prefix',
        rule(
          `matches: [{path: {value: /a}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}], ${backend}`,
        ),
        [],
      ],
      [
        'other origins',
        filters('{type: CORS, cors: {allowOrigins: ["https://*.a.example:8443"], allowMethods: ["*"], maxAge: 1}}'),
        [],
      ],
      [
        'an authorizer',
        filters('{type: ExternalAuth, externalAuth: {protocol: GRPC, backendRef: {name: a, port: 80}, grpc: {}}}'),
        [],
      ],
      ['an extension', filters('{type: ExtensionRef, extensionRef: {group: a.b, kind: C, name: d}}'), []],
    ]);
  });

  test('have what their type says, and nothing else', () => {
    assertRefused(httpRoute, [
      ['nothing', filters('{type: CORS}'), [`${at}filter.cors must be specified for CORS filter.type`]],
      [
        'something else',
        filters('{type: URLRewrite, requestRedirect: {}}'),
        [
          `${at}filter.requestRedirect must be nil if the filter.type is not RequestRedirect`,
          `${at}filter.urlRewrite must be specified for URLRewrite filter.type`,
        ],
      ],
      [
        'a path modifier',
        filters('{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replacePrefixMatch: /a}}}'),
        [
          'spec.rules[0].filters[0].urlRewrite.path: Invalid value: "object": replaceFullPath must be specified when type is set to \'ReplaceFullPath\'',
          'spec.rules[0].filters[0].urlRewrite.path: Invalid value: "object": type must be \'ReplacePrefixMatch\' when replacePrefixMatch is set',
        ],
      ],
      [
        'an authorizer',
        filters('{type: ExternalAuth, externalAuth: {protocol: HTTP, backendRef: {name: a, port: 80}, grpc: {}}}'),
        [
          'spec.rules[0].filters[0].externalAuth: Invalid value: "object": protocol must be \'GRPC\' when grpc is set',
          'spec.rules[0].filters[0].externalAuth: Invalid value: "object": http must be specified when protocol is set to \'HTTP\'',
        ],
      ],
      [
        'shares of a mirror',
        filters(
          '{type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1}, percent: 1, fraction: {numerator: 1}}}',
        ),
        [
          'spec.rules[0].filters[0].requestMirror: Invalid value: "object": Only one of percent or fraction may be specified in HTTPRequestMirrorFilter',
        ],
      ],
      [
        'a fraction',
        filters('{type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1}, fraction: {numerator: 101}}}'),
        [
          'spec.rules[0].filters[0].requestMirror.fraction: Invalid value: "object": numerator must be less than or equal to denominator',
        ],
      ],
      [
        'origins',
        filters('{type: CORS, cors: {allowOrigins: ["*", "https://a.b"], allowHeaders: ["*", a]}}'),
        [
          'spec.rules[0].filters[0].cors.allowOrigins: Invalid value: "array": AllowOrigins cannot contain \'*\' alongside other origins',
          'spec.rules[0].filters[0].cors.allowHeaders: Invalid value: "array": AllowHeaders cannot contain \'*\' alongside other methods',
        ],
      ],
      [
        'a status',
        filters('{type: RequestRedirect, requestRedirect: {statusCode: 300}}'),
        [
          'spec.rules[0].filters[0].requestRedirect.statusCode: Unsupported value: 300: supported values: "301", "302", "303", "307", "308"',
        ],
      ],
    ]);
  });

  test('go together', () => {
    const redirect = '{type: RequestRedirect, requestRedirect: {}}';
    const rewrite = '{type: URLRewrite, urlRewrite: {}}';
    const prefix = (type: string, member: string) =>
      `{type: ${type}, ${member}: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}`;
    const list = 'spec.rules[0].filters: Invalid value: "array": ';
    const one = 'spec.rules[0]: Invalid value: "object": ';
    assertRefused(httpRoute, [
      [
        'redirect and rewrite',
        filters(`${redirect}, ${rewrite}`),
        [`${list}May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both`],
      ],
      ['a filter twice', filters(`${rewrite}, ${rewrite}`), [`${list}URLRewrite filter cannot be repeated`]],
      [
        'a redirect with backends',
        rule(`filters: [${redirect}], ${backend}`),
        [`${one}RequestRedirect filter must not be used together with backendRefs`],
      ],
      [
        'a prefix of an exact path',
        rule(`matches: [{path: {type: Exact, value: /a}}], filters: [${prefix('URLRewrite', 'urlRewrite')}]`),
        [
          `${one}When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
        ],
      ],
      [
        'a prefix of two paths',
        rule(
          `matches: [{path: {value: /a}}, {path: {value: /b}}], filters: [${prefix('RequestRedirect', 'requestRedirect')}]`,
        ),
        [
          `${one}When using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
        ],
      ],
      [
        'a prefix at a backend',
        rule(`matches: [{}, {}], backendRefs: [{name: a, port: 1, filters: [${prefix('URLRewrite', 'urlRewrite')}]}]`),
        [
          `${one}Within backendRefs, When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
        ],
      ],
    ]);
  });
});

test('backends, timeouts and sessions', () => {
  assertAccepted(httpRoute, [
    ['a backend of another kind', rule('backendRefs: [{group: a.b, kind: Bucket, name: c, weight: 0}]'), []],
    ['timeouts', rule('timeouts: {request: 1h30m, backendRequest: 90m}'), []],
    ['no limit', rule('timeouts: {request: 0s, backendRequest: 10s}'), []],
    ['retries', rule('retry: {codes: [500, 503], attempts: 3, backoff: 100ms}'), []],
    ['sessions', rule('sessionPersistence: {cookieConfig: {lifetimeType: Permanent}, absoluteTimeout: 1h}'), []],
  ]);
  assertRefused(httpRoute, [
    [
      'a Service without port',
      rule('backendRefs: [{name: a}]'),
      ['spec.rules[0].backendRefs[0]: Invalid value: "object": Must have port for Service reference'],
    ],
    [
      'a weight',
      rule('backendRefs: [{name: a, port: 1, weight: 1000001}]'),
      [
        'spec.rules[0].backendRefs[0].weight: Invalid value: 1000001: spec.rules[0].backendRefs[0].weight in body should be less than or equal to 1000000',
      ],
    ],
    [
      'timeouts',
      rule('timeouts: {request: 1s, backendRequest: 1001ms}'),
      ['spec.rules[0].timeouts: Invalid value: "object": backendRequest timeout cannot be longer than request timeout'],
    ],
    [
      'a duration',
      rule('timeouts: {request: 1.5s}'),
      [
        'spec.rules[0].timeouts.request: Invalid value: "1.5s": spec.rules[0].timeouts.request in body should match \'^([0-9]{1,5}(h|m|s|ms)){1,4}$\'',
      ],
    ],
    [
      'sessions',
      rule('sessionPersistence: {cookieConfig: {lifetimeType: Permanent}}'),
      [
        'spec.rules[0].sessionPersistence: Invalid value: "object": AbsoluteTimeout must be specified when cookie lifetimeType is Permanent',
      ],
    ],
    [
      'a status',
      rule('retry: {codes: [200]}'),
      [
        'spec.rules[0].retry.codes[0]: Invalid value: 200: spec.rules[0].retry.codes[0] in body should be greater than or equal to 400',
      ],
    ],
  ]);
});

test('parents', () => {
  const parents = (text: string) => `{parentRefs: [${text}]}`;
  assertAccepted(httpRoute, [
    ['listeners of one Gateway', parents('{name: a, sectionName: x}, {name: a, sectionName: y}'), []],
    ['ports of one Gateway', parents('{name: a, port: 80}, {name: a, port: 81}'), []],
    ['two namespaces', parents('{name: a}, {name: a, namespace: b}'), []],
    ['a Service', parents('{name: a, kind: Service, group: ""}'), []],
  ]);
  assertRefused(httpRoute, [
    [
      'one twice',
      parents('{name: a}, {name: a}'),
      [
        'spec.parentRefs: Invalid value: "array": sectionName or port must be unique when parentRefs includes 2 or more references to the same parent',
      ],
    ],
    [
      'all listeners and one',
      parents('{name: a}, {name: a, sectionName: x}'),
      [
        'spec.parentRefs: Invalid value: "array": sectionName or port must be specified when parentRefs includes 2 or more references to the same parent',
      ],
    ],
    [
      'a host',
      '{hostnames: ["A.example"]}',
      [
        'spec.hostnames[0]: Invalid value: "A.example": spec.hostnames[0] in body should match \'^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$\'',
      ],
    ],
  ]);
});

test('a large route is judged in well under a millisecond', () => {
  const one =
    '{matches: [{path: {value: /a/b}, headers: [{name: x, value: y}]}, {path: {value: /c}}, {path: {value: /d}}, {path: {value: /e}}], backendRefs: [{name: a, port: 80, weight: 1}, {name: b, port: 80}]}';
  const spec = parse(
    `{parentRefs: [{name: gw}], hostnames: [a.example], rules: [${`${one}, `.repeat(16)}]}`,
  ) as unknown;
  const object = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'a' }, spec };
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    assert.deepEqual(prepare(httpRoute, 'v1', object).issues, []);
    times.push(performance.now() - start);
  }
  // The best of many runs tells the work; the others tell how busy the machine is.
  assert.ok(Math.min(...times) < 1, `${Math.min(...times)} ms`);
});
