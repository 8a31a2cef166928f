import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccepted, assertRefused, judgeSpec } from '../../test-support/judge.ts';
import { virtualService } from './virtual-service.ts';

const TO_A = 'route: [{destination: {host: a}}]';

test('hosts, gateways and exportTo', () => {
  assertAccepted(virtualService, [
    ['an address is a host', `{hosts: [10.0.0.1], http: [{${TO_A}}]}`, []],
    ['"*" behind a gateway', `{hosts: ["*"], gateways: [ns/gw, ./own, bare], http: [{${TO_A}}]}`, []],
    [
      'the older form of gateway names',
      `{hosts: [a], gateways: [gw.ns.svc.cluster.local], http: [{${TO_A}}]}`,
      ['spec.gateways[0]: legacy gateway name "gw.ns.svc.cluster.local", prefer "ns/gw"'],
    ],
    ['exported to some', `{hosts: [a], exportTo: [".", other], http: [{${TO_A}}]}`, []],
  ]);
  assertRefused(virtualService, [
    ['no rules', '{hosts: [a]}', ['spec: Required value: http, tcp or tls must be provided in virtual service']],
    [
      'a bad host',
      `{hosts: ["a_b"], http: [{${TO_A}}]}`,
      ['spec.hosts[0]: Invalid value: "a_b": domain name "a_b" invalid (label "a_b" invalid)'],
    ],
    [
      '"*" in the mesh',
      `{hosts: ["*"], http: [{${TO_A}}]}`,
      [
        'spec.hosts[0]: Invalid value: "*": wildcard host * is not allowed for virtual services bound to the mesh gateway',
      ],
    ],
    [
      'hosts that cover each other',
      `{hosts: [a.foo.com, "*.foo.com"], http: [{${TO_A}}]}`,
      ['spec.hosts[1]: Invalid value: "*.foo.com": duplicate hosts in virtual service: a.foo.com & *.foo.com'],
    ],
    [
      'bad gateways',
      `{hosts: [a], gateways: [ns/, "a_b", NS!/gw], http: [{${TO_A}}]}`,
      [
        'spec.gateways[0]: Invalid value: "ns/": config namespace and gateway name cannot be empty',
        'spec.gateways[1]: Invalid value: "a_b": domain name "a_b" invalid (label "a_b" invalid)',
        'spec.gateways[2]: Invalid value: "NS!/gw": invalid value for namespace: "NS!"',
      ],
    ],
    [
      'contradicting exports',
      `{hosts: [a], exportTo: ["*", ".", ns, "~"], http: [{${TO_A}}]}`,
      [
        'spec.exportTo[2]: Duplicate value: "ns"',
        'spec.exportTo[3]: Invalid value: "~": must be a namespace, ".", or "*"',
        'spec.exportTo: Invalid value: ["*",".","ns","~"]: cannot have both public (*) and non-public exportTo values for a resource',
      ],
    ],
  ]);
});

test('delegates and their roots', () => {
  assertAccepted(virtualService, [
    ['a delegate has no hosts', `{http: [{match: [{uri: {prefix: /a}}], ${TO_A}}]}`, []],
    ['a root names its delegate', '{hosts: [a], http: [{match: [{uri: {prefix: /a}}], delegate: {name: d}}]}', []],
  ]);
  assertRefused(virtualService, [
    [
      'a delegate has no gateways, TLS or TCP',
      `{gateways: [gw], tcp: [{${TO_A}}], http: [{${TO_A}}]}`,
      [
        'spec.gateways: Forbidden: delegate virtual service (one without hosts) must have no gateways specified',
        'spec.tcp: Forbidden: delegate virtual service (one without hosts) must have no tcp route specified',
      ],
    ],
    [
      'a delegate has no delegates',
      '{http: [{delegate: {name: d}}]}',
      ['spec.http[0].delegate: Forbidden: delegate HTTP route cannot contain delegate'],
    ],
    [
      'a root does nothing itself',
      `{hosts: [a], http: [{name: r, delegate: {name: d}, redirect: {uri: /x}, ${TO_A}}]}`,
      [
        'spec.http[0].route: Forbidden: root HTTP route r must not specify route',
        'spec.http[0].redirect: Forbidden: root HTTP route r must not specify redirect',
      ],
    ],
    [
      'a delegate has a name',
      '{hosts: [a], http: [{delegate: {namespace: "A B"}}]}',
      [
        'spec.http[0].delegate.name: Required value: name of the delegate VirtualService',
        'spec.http[0].delegate.namespace: Invalid value: "A B": must be the name of a namespace',
      ],
    ],
  ]);
});

test('exactly one action for a rule', () => {
  assertAccepted(virtualService, [
    ['redirect', '{hosts: [a], http: [{redirect: {scheme: https, redirectCode: 308}}]}', []],
    ['direct response', '{hosts: [a], http: [{directResponse: {status: 200, body: {string: ok}}}]}', []],
    [
      'what has no effect is told',
      '{hosts: [a], http: [{redirect: {uri: /x}, timeout: 5s}]}',
      ['spec.http[0].timeout: has no effect beside redirect'],
    ],
  ]);
  assertRefused(virtualService, [
    [
      'none',
      '{hosts: [a], http: [{timeout: 5s}]}',
      ['spec.http[0]: Required value: one of route, redirect, directResponse or delegate'],
    ],
    [
      'redirect beside route, fault and rewrite',
      `{hosts: [a], http: [{redirect: {uri: /x}, rewrite: {uri: /y}, fault: {abort: {httpStatus: 500}}, ${TO_A}}]}`,
      [
        'spec.http[0].redirect: Forbidden: HTTP route cannot contain both route and redirect',
        'spec.http[0].fault: Forbidden: HTTP route cannot contain both fault and redirect',
        'spec.http[0].rewrite: Forbidden: HTTP route cannot contain both rewrite and redirect',
      ],
    ],
    [
      'direct response beside redirect',
      '{hosts: [a], http: [{redirect: {uri: /x}, directResponse: {status: 200}}]}',
      ['spec.http[0].directResponse: Forbidden: HTTP route cannot contain both directResponse and redirect'],
    ],
    [
      'a direct response must be an answer',
      '{hosts: [a], http: [{directResponse: {status: 100, body: {string: a, bytes: YQ==}}}]}',
      [
        'spec.http[0].directResponse.body: Invalid value: "object": only one of string and bytes may be set, found string and bytes',
      ],
    ],
    [
      'the status of an answer',
      '{hosts: [a], http: [{directResponse: {status: 100}}]}',
      ['spec.http[0].directResponse.status: Invalid value: 100: HTTP status 100 is not in range 200-599'],
    ],
  ]);
});

test('redirects and rewrites', () => {
  assertRefused(virtualService, [
    [
      'nowhere',
      '{hosts: [a], http: [{redirect: {}}]}',
      ['spec.http[0].redirect: Invalid value: "": redirect must specify URI, authority, scheme, or port'],
    ],
    [
      'wrong values',
      '{hosts: [a], http: [{redirect: {scheme: ftp, redirectCode: 200, port: 70000}}]}',
      [
        'spec.http[0].redirect.redirectCode: Invalid value: 200: 200 is not a valid redirect code, must be 3xx',
        'spec.http[0].redirect.scheme: Invalid value: "ftp": invalid redirect scheme, must be "http" or "https"',
        'spec.http[0].redirect.port: Invalid value: 70000: port number 70000 must be in the range 1..65535',
      ],
    ],
    [
      'two ports',
      '{hosts: [a], http: [{redirect: {port: 80, derivePort: FROM_REQUEST_PORT}}]}',
      [
        'spec.http[0].redirect: Invalid value: "object": only one of port and derivePort may be set, found port and derivePort',
      ],
    ],
    [
      'an empty rewrite',
      `{hosts: [a], http: [{rewrite: {}, ${TO_A}}]}`,
      [
        'spec.http[0].rewrite: Invalid value: "": rewrite must specify at least one of uri, uriRegexRewrite, or authority',
      ],
    ],
    [
      'two rewrites of the path',
      `{hosts: [a], http: [{rewrite: {uri: /a, uriRegexRewrite: {match: b, rewrite: c}}, ${TO_A}}]}`,
      [
        'spec.http[0].rewrite.uriRegexRewrite: Invalid value: "": rewrite may only contain one of uri or uriRegexRewrite',
      ],
    ],
    [
      'a rewrite that is no expression',
      `{hosts: [a], http: [{rewrite: {uriRegexRewrite: {match: "a(", rewrite: c}}, ${TO_A}}]}`,
      [
        'spec.http[0].rewrite.uriRegexRewrite.match: Invalid value: "a(": error parsing regexp: missing closing ): `a(` (only RE2 syntax is supported: no lookaround, no backreferences)',
      ],
    ],
    [
      'half a rewrite',
      `{hosts: [a], http: [{rewrite: {uriRegexRewrite: {match: a}}, ${TO_A}}]}`,
      ['spec.http[0].rewrite.uriRegexRewrite.rewrite: Required value: uriRegexRewrite requires both rewrite and match'],
    ],
    [
      'the authority in two places',
      `{hosts: [a], http: [{rewrite: {authority: b}, headers: {request: {set: {Host: c}}}, ${TO_A}}]}`,
      [
        'spec.http[0].headers.request.set[Host]: Invalid value: "c": authority header cannot be set multiple times: have "b"',
      ],
    ],
  ]);
});

test('matches', () => {
  const match = (text: string) => `{hosts: [a], http: [{match: [${text}], ${TO_A}}]}`;
  assertAccepted(virtualService, [
    ['presence of a header', match('{headers: {x-a: {}}, withoutHeaders: {x-b: {regex: "*"}}}'), []],
    ['an empty prefix matches every path', match('{uri: {prefix: ""}}'), []],
    [
      'an empty match says nothing',
      match('{uri: {}, port: 80}'),
      ['spec.http[0].match[0].uri: has no effect, as none of exact, prefix and regex is set'],
    ],
    [
      'case of nothing',
      match('{ignoreUriCase: true, port: 80}'),
      ['spec.http[0].match[0].ignoreUriCase: has no effect without an exact or prefix match of uri'],
    ],
  ]);
  assertRefused(virtualService, [
    [
      'two ways at once',
      match('{uri: {exact: /a, prefix: /b}}'),
      [
        'spec.http[0].match[0].uri: Invalid value: "object": only one of exact, prefix and regex may be set, found exact and prefix',
      ],
    ],
    [
      'expressions',
      match('{uri: {regex: "(?=a)"}, headers: {x-a: {regex: ""}}}'),
      [
        'spec.http[0].match[0].uri.regex: Invalid value: "(?=a)": error parsing regexp: invalid or unsupported Perl syntax: `(?=` (only RE2 syntax is supported: no lookaround, no backreferences)',
        'spec.http[0].match[0].headers[x-a].regex: Invalid value: "": regex string match should not be empty',
      ],
    ],
    [
      'empty prefixes',
      match('{method: {prefix: ""}, queryParams: {q: {prefix: ""}}}'),
      [
        'spec.http[0].match[0].method.prefix: Invalid value: "": prefix string match should not be empty',
        'spec.http[0].match[0].queryParams[q].prefix: Invalid value: "": prefix string match should not be empty',
      ],
    ],
    [
      'names',
      match('{headers: {"a b": {exact: c}}, port: 70000, sourceNamespace: "A_", sourceLabels: {"a/b/c": d, e: "!"}}'),
      [
        'spec.http[0].match[0].headers: Invalid value: "a b": header name a b is not a valid header name',
        'spec.http[0].match[0].port: Invalid value: 70000: port number 70000 must be in the range 1..65535',
        ...judgeSpec(virtualService, match('{sourceLabels: {"a/b/c": d, e: "!"}}')).errors,
        'spec.http[0].match[0].sourceNamespace: Invalid value: "A_": sourceNamespace match A_ is invalid',
      ],
    ],
    [
      'null is no match',
      match('{headers: {x-a: null}}'),
      [
        'spec.http[0].match[0].headers.x-a: Invalid value: "null": spec.http[0].match[0].headers.x-a in body must be of type object: "null"',
      ],
    ],
  ]);
  assert.equal(judgeSpec(virtualService, match('{sourceLabels: {"a/b/c": d, e: "!"}}')).errors.length, 2);
});

test('claims of tokens route on gateways only', () => {
  const spec = (gateways: string) =>
    `{hosts: [a.com], gateways: ${gateways}, http: [{match: [{headers: {"@request.auth.claims.group": {exact: dev}}}], ${TO_A}}]}`;
  assertAccepted(virtualService, [['on a gateway', spec('[ns/gw]'), []]]);
  assertRefused(virtualService, [
    [
      'in the mesh',
      spec('[ns/gw, mesh]'),
      [
        'spec.http[0].match[0].headers: Invalid value: "@request.auth.claims.group": JWT claim based routing is only supported for gateways, and this VirtualService applies to the mesh',
      ],
    ],
  ]);
});

test('destinations and weights', () => {
  const routes = (text: string) => `{hosts: [a], http: [{route: [${text}]}]}`;
  assertAccepted(virtualService, [
    [
      'weights need no sum of 100',
      routes('{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 5}'),
      [],
    ],
    [
      'the weight of the only destination',
      routes('{destination: {host: a}, weight: 0}'),
      ['spec.http[0].route[0].weight: weight 0 has no effect on the only destination'],
    ],
  ]);
  assertRefused(virtualService, [
    [
      'nothing in total',
      routes('{destination: {host: a}}, {destination: {host: b}, weight: 0}'),
      ['spec.http[0].route: Invalid value: 0: total destination weight = 0, weights must sum to a positive number'],
    ],
    [
      'less than nothing',
      routes('{destination: {host: a}, weight: -1}, {destination: {host: b}, weight: 3}'),
      ['spec.http[0].route[0].weight: Invalid value: -1: weight -1 < 0'],
    ],
    ['no destination', routes('{weight: 5}'), ['spec.http[0].route[0].destination: Required value']],
    [
      'bad destinations',
      routes('{destination: {host: "*", subset: "v_1", port: {number: 0}}}'),
      [
        'spec.http[0].route[0].destination.host: Invalid value: "*": invalid destination host *',
        'spec.http[0].route[0].destination.subset: Invalid value: "v_1": subset name is invalid: v_1',
        'spec.http[0].route[0].destination.port.number: Invalid value: 0: port number 0 must be in the range 1..65535',
      ],
    ],
    [
      'text for a number',
      routes('{destination: {host: a}, weight: "90"}'),
      [
        'spec.http[0].route[0].weight: Invalid value: "string": spec.http[0].route[0].weight in body must be of type integer: "string"',
      ],
    ],
  ]);
});

test('changes of headers', () => {
  assertAccepted(virtualService, [
    [
      'values with facts of the request',
      '{hosts: [a], http: [{route: [{destination: {host: a}, headers: {request: {set: {x: "%START_TIME%", Host: b}}}}]}]}',
      [],
    ],
    [
      'set and removed',
      `{hosts: [a], http: [{headers: {request: {set: {x-a: b}, remove: [X-A]}}, ${TO_A}}]}`,
      ['spec.http[0].headers.request.set[x-a]: has no effect, as the header is removed as well'],
    ],
  ]);
  assertRefused(virtualService, [
    [
      'pseudo headers, the host, values',
      `{hosts: [a], http: [{headers: {request: {add: {":path": /x}, remove: [host]}, response: {set: {x: "%A"}}}, ${TO_A}}]}`,
      [
        'spec.http[0].headers.request.add: Invalid value: ":path": invalid header ":path": header cannot have ":" prefix',
        'spec.http[0].headers.request.remove[0]: Invalid value: "host": invalid header "host": cannot set Host header',
        `spec.http[0].headers.response.set[x]: Invalid value: "%A": header value configuration: invalid header configuration. Un-terminated variable expression '%A'`,
      ],
    ],
  ]);
});

test('timeouts and retries', () => {
  const rule = (text: string) => `{hosts: [a], http: [{${text}, ${TO_A}}]}`;
  assertAccepted(virtualService, [
    ['names and codes', rule('retries: {attempts: 2, retryOn: "5xx,503,cancelled", backoff: 10ms}'), []],
    ['attempts 0 turns retries off', rule('retries: {attempts: 0}'), []],
  ]);
  assertRefused(virtualService, [
    [
      'zero is no timeout',
      rule('timeout: 0s'),
      [
        'spec.http[0].timeout: Invalid value: "string": must be a valid duration greater than 1ms; leave the field out for the default',
      ],
    ],
    [
      'words are no timeout',
      rule('timeout: soon, retries: {attempts: 1, perTryTimeout: 1500us}'),
      [
        'spec.http[0].timeout: Invalid value: "string": must be a valid duration greater than 1ms',
        'spec.http[0].retries.perTryTimeout: Invalid value: "string": only durations to ms precision are supported',
      ],
    ],
    [
      'attempts and conditions',
      rule('retries: {attempts: -1, retryOn: "5xx, reset,4xx"}'),
      [
        'spec.http[0].retries.attempts: Invalid value: -1: attempts cannot be negative',
        'spec.http[0].retries.retryOn: Invalid value: "5xx, reset,4xx": " reset" is not a valid retryOn policy (remove the spaces)',
        'spec.http[0].retries.retryOn: Invalid value: "5xx, reset,4xx": "4xx" is not a valid retryOn policy',
      ],
    ],
    [
      'conditions without attempts',
      rule('retries: {retryOn: 5xx}'),
      [
        'spec.http[0].retries.attempts: Invalid value: 0: http retry policy configured (retryOn) when attempts are set to 0 (disabled)',
      ],
    ],
  ]);
});

test('faults', () => {
  const rule = (text: string) => `{hosts: [a], http: [{fault: ${text}, ${TO_A}}]}`;
  assertAccepted(virtualService, [
    ['by gRPC status', rule('{abort: {grpcStatus: UNAVAILABLE, percentage: {value: 0.0001}}}'), []],
    [
      'the older percent',
      rule('{delay: {fixedDelay: 5s, percent: 10}}'),
      ['spec.http[0].fault.delay.percent: is deprecated, use percentage instead'],
    ],
    [
      'an abort of no kind',
      rule('{abort: {percentage: {value: 5}}}'),
      ['spec.http[0].fault.abort: abort configured, but error type not set'],
    ],
  ]);
  assertRefused(virtualService, [
    [
      'nothing',
      rule('{}'),
      ['spec.http[0].fault: Invalid value: "": HTTP fault injection must have an abort and/or a delay'],
    ],
    [
      'shares and statuses',
      rule(
        '{abort: {httpStatus: 99, percentage: {value: 101}}, delay: {fixedDelay: 1s, percentage: {value: 0.00001}}}',
      ),
      [
        'spec.http[0].fault.delay.percentage.value: Invalid value: 0.00001: percentage 0.00001 is neither 0.0, nor in range [0.0001, 100.0]',
        'spec.http[0].fault.abort.percentage.value: Invalid value: 101: percentage 101 is neither 0.0, nor in range [0.0001, 100.0]',
        'spec.http[0].fault.abort.httpStatus: Invalid value: 99: HTTP status 99 is not in range 200-599',
      ],
    ],
    [
      'two kinds',
      rule('{abort: {httpStatus: 500, grpcStatus: OK}}'),
      [
        'spec.http[0].fault.abort: Invalid value: "object": only one of grpcStatus, httpStatus and http2Error may be set, found grpcStatus and httpStatus',
      ],
    ],
    [
      'what is not there',
      rule('{abort: {http2Error: x}, delay: {exponentialDelay: 5s}}'),
      [
        'spec.http[0].fault.delay.exponentialDelay: Invalid value: "5s": exponentialDelay not supported yet',
        'spec.http[0].fault.abort.http2Error: Invalid value: "x": HTTP/2 abort fault injection not supported yet',
      ],
    ],
    [
      'an unknown status',
      rule('{abort: {grpcStatus: BAD}}'),
      [
        'spec.http[0].fault.abort.grpcStatus: Unsupported value: "BAD": supported values: "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"',
      ],
    ],
  ]);
});

test('mirrors', () => {
  const rule = (text: string) => `{hosts: [a], http: [{${text}, ${TO_A}}]}`;
  assertAccepted(virtualService, [
    ['several', rule('mirrors: [{destination: {host: b}, percentage: {value: 5}}, {destination: {host: c}}]'), []],
    [
      'the older percent',
      rule('mirror: {host: b}, mirrorPercent: 5'),
      ['spec.http[0].mirrorPercent: is deprecated, use mirrorPercentage instead'],
    ],
    [
      'the oldest percent',
      rule('mirror: {host: b}, mirror_percent: 5'),
      ['spec.http[0].mirror_percent: is deprecated, use mirrorPercentage instead'],
    ],
    [
      'a share of nothing',
      rule('mirrorPercentage: {value: 5}'),
      ['spec.http[0].mirrorPercentage: has no effect without mirror'],
    ],
  ]);
  assertRefused(virtualService, [
    [
      'one and several',
      rule('mirror: {host: b}, mirrors: [{destination: {host: c}}]'),
      ['spec.http[0].mirrors: Forbidden: HTTP route cannot contain both mirror and mirrors'],
    ],
    [
      'shares',
      rule('mirror: {host: b}, mirrorPercentage: {value: 101}'),
      [
        'spec.http[0].mirrorPercentage.value: Invalid value: 101: mirror percentage must have a max value of 100 (it has 101)',
      ],
    ],
    [
      'shares of several',
      rule('mirrors: [{destination: {host: "*"}, percentage: {value: -1}}, {percentage: {value: 5}}]'),
      ['spec.http[0].mirrors[1].destination: Required value'],
    ],
    [
      'destinations of several',
      rule('mirrors: [{destination: {host: "*"}, percentage: {value: -1}}]'),
      [
        'spec.http[0].mirrors[0].destination.host: Invalid value: "*": invalid destination host *',
        'spec.http[0].mirrors[0].percentage.value: Invalid value: -1: mirror percentage must have a min value of 0 (it has -1)',
      ],
    ],
  ]);
});

test('policies for pages of other origins', () => {
  const rule = (text: string) => `{hosts: [a], http: [{corsPolicy: ${text}, ${TO_A}}]}`;
  assertAccepted(virtualService, [
    [
      'all fields',
      rule(
        '{allowOrigins: [{exact: "https://a"}, {regex: ".*"}], allowMethods: [GET], allowHeaders: ["*"], exposeHeaders: [x-a], maxAge: 24h, allowCredentials: true, unmatchedPreflights: IGNORE}',
      ),
      [],
    ],
    [
      'the older list',
      rule('{allowOrigin: ["*"]}'),
      ['spec.http[0].corsPolicy.allowOrigin: is deprecated, use allowOrigins instead'],
    ],
  ]);
  assertRefused(virtualService, [
    [
      'wrong values',
      rule('{allowOrigins: [{}, {regex: "a("}], allowMethods: [get], allowHeaders: ["a b"], maxAge: 1500ms}'),
      [
        'spec.http[0].corsPolicy.allowOrigins[0]: Invalid value: "": one of exact, prefix and regex must be set for CORS allow origins',
        'spec.http[0].corsPolicy.allowOrigins[1].regex: Invalid value: "a(": error parsing regexp: missing closing ): `a(` (only RE2 syntax is supported: no lookaround, no backreferences)',
        'spec.http[0].corsPolicy.allowMethods[0]: Unsupported value: "get": supported values: "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"',
        'spec.http[0].corsPolicy.allowHeaders[0]: Invalid value: "a b": header name a b is not a valid header name',
        'spec.http[0].corsPolicy.maxAge: Invalid value: "1500ms": maxAge is accurate only to seconds precision',
      ],
    ],
  ]);
});

test('rules for TLS and TCP', () => {
  assertAccepted(virtualService, [
    [
      'by server name',
      '{hosts: ["*.wikipedia.org"], tls: [{match: [{port: 443, sniHosts: [de.wikipedia.org]}], route: [{destination: {host: egress}}]}]}',
      [],
    ],
    [
      'names of mesh gateways',
      '{hosts: ["*"], gateways: [gw], tls: [{match: [{sniHosts: ["outbound_.80_._.a.global"]}], route: [{destination: {host: a}}]}]}',
      [],
    ],
    [
      'by address',
      '{hosts: [a], tcp: [{match: [{destinationSubnets: [10.0.0.0/8, "::1"], port: 27017}], route: [{destination: {host: b}}]}]}',
      [],
    ],
    [
      'the source subnet is no longer used',
      '{hosts: [a], tcp: [{match: [{sourceSubnet: 10.0.0.0/8}], route: [{destination: {host: b}}]}]}',
      ['spec.tcp[0].match[0].sourceSubnet: is deprecated and has no effect'],
    ],
    [
      'an address is no server name',
      '{hosts: [a], tls: [{match: [{sniHosts: [10.0.0.1]}], route: [{destination: {host: b}}]}]}',
      ['spec.tls[0].match[0].sniHosts[0]: an IP address goes against the SNI specification: 10.0.0.1'],
    ],
  ]);
  assertRefused(virtualService, [
    [
      'a server name of another host',
      '{hosts: [a.com], tls: [{match: [{sniHosts: [b.com]}], route: [{destination: {host: b}}]}]}',
      [
        'spec.tls[0].match[0].sniHosts[0]: Invalid value: "b.com": SNI host is not a compatible subset of any of the virtual service hosts: [a.com]',
      ],
    ],
    [
      'nothing to match or to go to',
      '{hosts: [a.com], tls: [{match: []}, {match: [{sniHosts: []}]}], tcp: [{}]}',
      [
        'spec.tls[0].match: Required value: TLS route must have at least one match condition',
        'spec.tls[0].route: Required value: TLS route is required',
        'spec.tls[1].match[0].sniHosts: Required value: TLS match must have at least one SNI host',
        'spec.tls[1].route: Required value: TLS route is required',
        'spec.tcp[0].route: Required value: TCP route is required',
      ],
    ],
    [
      'addresses and weights',
      '{hosts: [a], tcp: [{match: [{destinationSubnets: [10.0.0.0/40, b], port: 99999}], route: [{destination: {host: b}, weight: -1}]}]}',
      [
        'spec.tcp[0].match[0].destinationSubnets[0]: Invalid value: "10.0.0.0/40": 10.0.0.0/40 is not a valid CIDR block',
        'spec.tcp[0].match[0].destinationSubnets[1]: Invalid value: "b": b is not a valid IP',
        'spec.tcp[0].match[0].port: Invalid value: 99999: port number 99999 must be in the range 1..65535',
        'spec.tcp[0].route[0].weight: Invalid value: -1: weight -1 < 0',
      ],
    ],
  ]);
});

test('rules that are never reached', () => {
  assertAccepted(virtualService, [
    [
      'behind a catch-all',
      `{hosts: [a], http: [{${TO_A}}, {name: second, ${TO_A}}]}`,
      ['spec.http[1]: rule "second" not used (only the last rule can have no matches)'],
    ],
    [
      'behind a catch-all, with a match',
      `{hosts: [a], http: [{${TO_A}}, {match: [{uri: {prefix: /a}}], ${TO_A}}]}`,
      ['spec.http[1]: rule #1 not used (rule #0 before it matches everything)'],
    ],
    [
      'the same match again, whatever the order of its members',
      `{hosts: [a], http: [{match: [{name: x, uri: {exact: /a}, headers: {b: {exact: c}, d: {}}}], ${TO_A}}, {match: [{headers: {d: {}, b: {exact: c}}, uri: {exact: /a}}], ${TO_A}}]}`,
      [
        'spec.http[1].match[0]: match #0 of rule #1 is not used (duplicate/overlapping match in rule #0)',
        'spec.http[1]: rule #1 not used (all matches used by prior rules)',
      ],
    ],
    [
      'a longer prefix behind a shorter',
      `{hosts: [a], http: [{match: [{uri: {prefix: /a}}], ${TO_A}}, {match: [{uri: {prefix: /a/b}}], ${TO_A}}]}`,
      ['spec.http[1].match[0].uri.prefix: never matches, as rule #0 before it matches prefix /a'],
    ],
    [
      'a longer prefix behind a shorter that asks more',
      `{hosts: [a], http: [{match: [{uri: {prefix: /a}, method: {exact: GET}}], ${TO_A}}, {match: [{uri: {prefix: /a/b}}], ${TO_A}}]}`,
      [],
    ],
    [
      'the same TCP port again',
      `{hosts: [a], tcp: [{match: [{port: 1}], ${TO_A}}, {match: [{port: 1}, {port: 2}], ${TO_A}}]}`,
      ['spec.tcp[1].match[0]: match #0 of rule #1 is not used (duplicate/overlapping match in rule #0)'],
    ],
  ]);
});

test('unknown fields are named', () => {
  const { unknownFields } = judgeSpec(virtualService, `{hosts: [a], http: [{matches: [], ${TO_A}}]}`);
  assert.deepEqual(unknownFields, ['spec.http[0].matches']);
});
