import { test } from 'node:test';
import { assertAccepted, assertRefused } from '../../test-support/judge.ts';
import { destinationRule } from './destination-rule.ts';

const policy = (text: string) => `{host: a, trafficPolicy: ${text}}`;

test('hosts, subsets and reach', () => {
  assertAccepted(destinationRule, [
    ['a wildcard host', '{host: "*.local", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}', []],
    ['selected workloads', '{host: a, workloadSelector: {matchLabels: {app: b}}, exportTo: ["."]}', []],
    [
      'a selector of nothing',
      '{host: a, workloadSelector: {}}',
      [
        'spec.workloadSelector: workload selector specified without labels, will be applied to all workloads in the namespace',
      ],
    ],
    [
      'a secret that no sidecar may read',
      policy('{tls: {mode: SIMPLE, credentialName: c}}'),
      ['spec.trafficPolicy.tls.credentialName: only gateways use it, as there is no workloadSelector'],
    ],
  ]);
  assertRefused(destinationRule, [
    ['no host', '{trafficPolicy: {}}', ['spec.host: Required value']],
    ['an empty host', '{host: ""}', ['spec.host: Invalid value: "": empty domain name not allowed']],
    [
      'names of subsets',
      '{host: a, subsets: [{name: v1}, {name: v1}, {name: ""}, {name: v_2, labels: {a: "b c"}}]}',
      [
        'spec.subsets[1].name: Duplicate value: "v1"',
        'spec.subsets[2].name: Required value: subset name cannot be empty',
        'spec.subsets[3].name: Invalid value: "v_2": subset name is invalid: v_2',
        `spec.subsets[3].labels[a]: Invalid value: "b c": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      ],
    ],
    [
      'a rule for selected workloads stays in its namespace',
      '{host: a, workloadSelector: {matchLabels: {app: b}}, exportTo: [other]}',
      [
        'spec.exportTo: Invalid value: ["other"]: destination rule with workload selector cannot have exportTo beyond current namespace',
      ],
    ],
    [
      'wildcards in selectors',
      '{host: a, workloadSelector: {matchLabels: {"a*": "b*"}}}',
      ['spec.workloadSelector.matchLabels.a*: Invalid value: "string": wildcard not allowed in label value match'],
    ],
  ]);
});

test('the whole policy', () => {
  assertAccepted(destinationRule, [
    [
      'everything that is there',
      `
host: a
trafficPolicy:
  connectionPool:
    tcp:
      {maxConnections: 1, connectTimeout: 1s, idleTimeout: 0s, maxConnectionDuration: 24h, tcpKeepalive: {probes: 3, time: 2h, interval: 75s}}
    http:
      {http1MaxPendingRequests: 1, http2MaxRequests: 1, maxRequestsPerConnection: 0, maxRetries: 1, idleTimeout: 5m, h2UpgradePolicy: DEFAULT, useClientProtocol: true, maxConcurrentStreams: 5, http2KeepAlive: {interval: 30s, timeout: 5s}}
  loadBalancer:
    consistentHash:
      httpCookie: {name: c, path: /, ttl: 0s, attributes: [{name: SameSite, value: Lax}]}
      maglev: {tableSize: 65537}
  outlierDetection: {consecutive5xxErrors: 0, interval: 1s, baseEjectionTime: 1s, maxEjectionPercent: 100, minHealthPercent: 0}
  tls: {mode: MUTUAL, clientCertificate: /c, privateKey: /k, caCertificates: /ca, sni: a.b, subjectAltNames: [x], caCrl: /crl}
  tunnel: {protocol: CONNECT, targetHost: example.com, targetPort: 443}
  retryBudget: {percent: 20, minRetryConcurrency: 3, budgetInterval: 0ms}
  portLevelSettings:
    - port: {number: 80}
      loadBalancer: {simple: ROUND_ROBIN, warmup: {duration: 1m, aggression: 2, minimumPercent: 5}}`,
      [],
    ],
  ]);
});

test('policies that say nothing or too much', () => {
  assertRefused(destinationRule, [
    ['nothing', policy('{}'), ['spec.trafficPolicy: Invalid value: "": traffic policy must have at least one field']],
    [
      'nothing for a port',
      policy('{portLevelSettings: [{port: {number: 80}}, {tls: {mode: DISABLE}}]}'),
      [
        'spec.trafficPolicy.portLevelSettings[0]: Invalid value: "": port traffic policy must have at least one field',
        'spec.trafficPolicy.portLevelSettings[1].port: Required value: portTrafficPolicy must have valid port',
      ],
    ],
    [
      'one port twice',
      policy(
        '{portLevelSettings: [{port: {number: 80}, tls: {mode: DISABLE}}, {port: {number: 80}, tls: {mode: SIMPLE}}]}',
      ),
      ['spec.trafficPolicy.portLevelSettings[1].port.number: Duplicate value: 80'],
    ],
    [
      'two wrappings',
      policy('{tunnel: {targetHost: a, targetPort: 1}, proxyProtocol: {version: V1}}'),
      ['spec.trafficPolicy.tunnel: Invalid value: "": tunnel and proxyProtocol must not be set together'],
    ],
    [
      'a tunnel to nowhere',
      policy('{tunnel: {protocol: GET, targetHost: "a_b", targetPort: 0}}'),
      [
        'spec.trafficPolicy.tunnel.protocol: Unsupported value: "GET": supported values: "CONNECT", "POST"',
        'spec.trafficPolicy.tunnel.targetHost: Invalid value: "a_b": tunnel target host must be valid FQDN or IP address: domain name "a_b" invalid (label "a_b" invalid)',
        'spec.trafficPolicy.tunnel.targetPort: Invalid value: 0: port number 0 must be in the range 1..65535',
      ],
    ],
  ]);
});

test('connection pools', () => {
  assertRefused(destinationRule, [
    [
      'nothing',
      policy('{connectionPool: {}}'),
      ['spec.trafficPolicy.connectionPool: Invalid value: "": connection pool must have at least one field'],
    ],
    [
      'below zero',
      policy('{connectionPool: {tcp: {maxConnections: -1}, http: {maxRetries: -2, maxConcurrentStreams: -3}}}'),
      [
        'spec.trafficPolicy.connectionPool.tcp.maxConnections: Invalid value: -1: max connections must be non-negative',
        'spec.trafficPolicy.connectionPool.http.maxRetries: Invalid value: -2: max retries must be non-negative',
        'spec.trafficPolicy.connectionPool.http.maxConcurrentStreams: Invalid value: -3: max concurrent streams must be non-negative',
      ],
    ],
    [
      'two ways to choose the protocol',
      policy('{connectionPool: {http: {h2UpgradePolicy: UPGRADE, useClientProtocol: true}}}'),
      [
        'spec.trafficPolicy.connectionPool.http.useClientProtocol: Invalid value: true: use client protocol must not be true when h2UpgradePolicy is UPGRADE',
      ],
    ],
    [
      'times',
      policy('{connectionPool: {tcp: {connectTimeout: 10, idleTimeout: 1x}}}'),
      [
        'spec.trafficPolicy.connectionPool.tcp.connectTimeout: Invalid value: "integer": spec.trafficPolicy.connectionPool.tcp.connectTimeout in body must be of type string: "integer"',
        'spec.trafficPolicy.connectionPool.tcp.idleTimeout: Invalid value: "string": must be a valid duration that is not negative',
      ],
    ],
  ]);
});

test('outlier detection', () => {
  assertAccepted(destinationRule, [
    [
      'the older count',
      policy('{outlierDetection: {consecutiveErrors: 5}}'),
      [
        'spec.trafficPolicy.outlierDetection.consecutiveErrors: is deprecated, use consecutiveGatewayErrors or consecutive5xxErrors instead',
      ],
    ],
  ]);
  assertRefused(destinationRule, [
    [
      'shares, and failures that are not counted apart',
      policy('{outlierDetection: {consecutiveLocalOriginFailures: 3, maxEjectionPercent: 101, minHealthPercent: -1}}'),
      [
        'spec.trafficPolicy.outlierDetection.consecutiveLocalOriginFailures: Invalid value: 3: has no meaning unless splitExternalLocalOriginErrors is true',
        'spec.trafficPolicy.outlierDetection.maxEjectionPercent: Invalid value: 101: percentage is not in range 0..100',
        'spec.trafficPolicy.outlierDetection.minHealthPercent: Invalid value: -1: percentage is not in range 0..100',
      ],
    ],
  ]);
});

test('load balancing', () => {
  assertAccepted(destinationRule, [
    [
      'older spellings',
      policy('{loadBalancer: {simple: LEAST_CONN, warmupDurationSecs: 30s}}'),
      [
        'spec.trafficPolicy.loadBalancer.warmupDurationSecs: is deprecated, use warmup.duration instead',
        'spec.trafficPolicy.loadBalancer.simple: LEAST_CONN is deprecated, use LEAST_REQUEST instead',
      ],
    ],
    [
      'an older ring',
      policy('{loadBalancer: {consistentHash: {useSourceIp: true, minimumRingSize: 5}}}'),
      [
        'spec.trafficPolicy.loadBalancer.consistentHash.minimumRingSize: is deprecated, use ringHash.minimumRingSize instead',
      ],
    ],
    [
      'a warm-up that nothing weighs',
      policy('{loadBalancer: {simple: RANDOM, warmup: {duration: 1m}}}'),
      ['spec.trafficPolicy.loadBalancer.warmup: has no effect with RANDOM'],
    ],
    [
      'zones beside localities',
      policy('{loadBalancer: {zoneAwareLbSetting: {enabled: true}, localityLbSetting: {enabled: true}}}'),
      ['spec.trafficPolicy.loadBalancer.localityLbSetting: has no effect beside zoneAwareLbSetting'],
    ],
  ]);
  assertRefused(destinationRule, [
    [
      'two choices',
      policy('{loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true, httpHeaderName: a}}}'),
      [
        'spec.trafficPolicy.loadBalancer.consistentHash: Invalid value: "object": only one of httpHeaderName, httpCookie, useSourceIp and httpQueryParameterName may be set, found httpHeaderName and useSourceIp',
      ],
    ],
    [
      'simple and hashed',
      policy('{loadBalancer: {simple: RANDOM, consistentHash: {useSourceIp: true}}}'),
      [
        'spec.trafficPolicy.loadBalancer: Invalid value: "object": only one of simple and consistentHash may be set, found simple and consistentHash',
      ],
    ],
    [
      'Maglev needs a prime',
      policy('{loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 65536}}}}'),
      [
        'spec.trafficPolicy.loadBalancer.consistentHash.maglev.tableSize: Invalid value: 65536: tableSize must be a prime number for maglev',
      ],
    ],
    [
      'Maglev has a limit',
      policy('{loadBalancer: {consistentHash: {useSourceIp: true, maglev: {tableSize: 5000011}}}}'),
      [
        'spec.trafficPolicy.loadBalancer.consistentHash.maglev.tableSize: Invalid value: 5000011: tableSize must be less than 5000011 for maglev',
      ],
    ],
    [
      'warm-up',
      policy('{loadBalancer: {warmup: {minimumPercent: 150, aggression: 0.3}}}'),
      [
        'spec.trafficPolicy.loadBalancer.warmup.duration: Required value',
        'spec.trafficPolicy.loadBalancer.warmup.minimumPercent: Invalid value: 150: spec.trafficPolicy.loadBalancer.warmup.minimumPercent in body should be less than or equal to 100',
        'spec.trafficPolicy.loadBalancer.warmup.aggression: Invalid value: 0.3: spec.trafficPolicy.loadBalancer.warmup.aggression in body should be greater than or equal to 1',
      ],
    ],
  ]);
});

test('localities', () => {
  const locality = (text: string) =>
    policy(`{loadBalancer: {localityLbSetting: ${text}}, outlierDetection: {interval: 1s}}`);
  const at = 'spec.trafficPolicy.loadBalancer.localityLbSetting';
  assertAccepted(destinationRule, [
    [
      'shares',
      locality('{distribute: [{from: us/*, to: {us/a: 80, us/b/*: 20}}, {from: eu/a/1, to: {"*": 100}}]}'),
      [],
    ],
    [
      'nobody notices failures',
      policy('{loadBalancer: {localityLbSetting: {failover: [{from: a, to: b}]}}}'),
      [`${at}: outlier detection policy must be provided for failover`],
    ],
  ]);
  assertRefused(destinationRule, [
    [
      'shares and failover',
      locality('{distribute: [{from: a, to: {b: 100}}], failover: [{from: a, to: b}]}'),
      [`${at}: Invalid value: "": can not simultaneously specify 'distribute' and 'failover'`],
    ],
    [
      'shares that do not sum up',
      locality('{distribute: [{from: a, to: {b: 50, c: 40}}]}'),
      [`${at}.distribute[0].to: Invalid value: 90: total locality weight 90 != 100`],
    ],
    [
      'places that cover each other, or are none',
      locality('{distribute: [{from: "*/a", to: {a//b: 30, a/b: 40, a/*: 30}}]}'),
      [
        `${at}.distribute[0].to[a//b]: Invalid value: "a//b": must not contain empty region/zone/subzone info`,
        `${at}.distribute[0].to[a/*]: Invalid value: "a/*": locality overlaps with previously specified ones`,
        `${at}.distribute[0].from: Invalid value: "*/a": wildcard '*' number can not exceed 1 and must be in the end`,
      ],
    ],
    [
      'failover',
      locality(
        '{failover: [{from: a, to: a}, {from: "a*", to: b/c}], failoverPriority: [topology.kubernetes.io/zone]}',
      ),
      [
        `${at}.failoverPriority[0]: Invalid value: "topology.kubernetes.io/zone": can not simultaneously set 'failover' and a topology label in 'failoverPriority'`,
        `${at}.failover[0]: Invalid value: "a": locality lb failover settings must specify different regions`,
        `${at}.failover[1].from: Invalid value: "a*": region should not contain '*' wildcard`,
        `${at}.failover[1].to: Invalid value: "b/c": must name a region only`,
      ],
    ],
  ]);
});

test('TLS to the service', () => {
  const at = 'spec.trafficPolicy.tls';
  assertAccepted(destinationRule, [
    [
      'files beside the certificates of the mesh',
      policy('{tls: {mode: ISTIO_MUTUAL, privateKey: /k}}'),
      [`${at}.privateKey: has no effect in mode ISTIO_MUTUAL`],
    ],
  ]);
  assertRefused(destinationRule, [
    [
      'MUTUAL needs a certificate',
      policy('{tls: {mode: MUTUAL}}'),
      [
        `${at}.clientCertificate: Required value: client certificate required for mutual tls`,
        `${at}.privateKey: Required value: private key required for mutual tls`,
      ],
    ],
    [
      'files beside a Secret',
      policy('{tls: {mode: MUTUAL, credentialName: c, privateKey: /k}}'),
      [
        `${at}.privateKey: Invalid value: "/k": cannot specify client certificates or CA certificate or CA CRL if credentialName is set`,
      ],
    ],
    [
      'checks that are turned off',
      policy('{tls: {mode: SIMPLE, insecureSkipVerify: true, caCertificates: /ca, subjectAltNames: [a]}}'),
      [
        `${at}.caCertificates: Invalid value: "/ca": cannot be set when insecureSkipVerify is true`,
        `${at}.subjectAltNames: Invalid value: ["a"]: cannot be set when insecureSkipVerify is true`,
      ],
    ],
  ]);
});
