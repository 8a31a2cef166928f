import { test } from 'node:test';
import { assertAccepted, assertRefused } from '../../test-support/judge.ts';
import { sidecar } from './sidecar.ts';

const ingress = (text: string) => `{ingress: [{${text}}]}`;
const egress = (text: string) => `{egress: [${text}]}`;

test('what is reached', () => {
  assertAccepted(sidecar, [
    [
      'all forms of hosts',
      egress('{hosts: ["./*", "istio-system/*", "*/a.b.com", "~/*", "other/*.a.com", "~ns1/*"]}'),
      [],
    ],
    [
      'a Unix socket and a port',
      egress(
        '{port: {number: 0, protocol: HTTP, name: a}, bind: "unix://@a", captureMode: NONE, hosts: ["a/*"]}, {hosts: ["./*"]}',
      ),
      [],
    ],
    [
      'hosts that add nothing',
      egress('{hosts: ["ns/a.com", "./a.com", "*/*"]}'),
      [
        'spec.egress[0].hosts[1]: duplicated egress host: ./a.com',
        'spec.egress[0].hosts: "*/*" selects all resources, the other hosts add nothing',
      ],
    ],
    ['everything but one namespace', egress('{hosts: ["*/*", "~ns1/*"]}'), []],
  ]);
  assertRefused(sidecar, [
    ['nothing', '{}', ['spec: Required value: sidecar: empty configuration provided']],
    [
      'hosts',
      egress('{hosts: [a.com, "ns/short", "a!/a.com", "ns/"]}, {hosts: []}'),
      [
        'spec.egress[0]: Invalid value: "": the egress listener with empty port should be the last listener in the list',
        'spec.egress[0].hosts[0]: Invalid value: "a.com": host must be of form namespace/dnsName',
        'spec.egress[0].hosts[1]: Invalid value: "ns/short": short names (non FQDN) are not allowed',
        'spec.egress[0].hosts[2]: Invalid value: "a!/a.com": invalid namespace value "a!" in sidecar',
        'spec.egress[0].hosts[3]: Invalid value: "ns/": config namespace and dnsName in host entry cannot be empty',
        'spec.egress[1].hosts: Required value: egress listener must contain at least one host',
      ],
    ],
    [
      'listeners',
      egress(
        '{port: {number: 80, protocol: FTP, name: "a_", targetPort: 1}, bind: x, hosts: ["./*"]}, {port: {number: 80}, hosts: ["./*"]}, {port: {number: 0}, bind: 1.2.3.4, captureMode: IPTABLES, hosts: ["./*"]}',
      ),
      [
        'spec.egress[0].port.name: Invalid value: "a_": invalid port name: a_',
        'spec.egress[0].port.protocol: Invalid value: "FTP": unsupported protocol: FTP',
        'spec.egress[0].port.targetPort: Invalid value: 1: targetPort has no impact on Sidecars',
        'spec.egress[0].bind: Invalid value: "x": x is not a valid IP',
        'spec.egress[1].port.number: Duplicate value: 80',
        'spec.egress[2].bind: Invalid value: "1.2.3.4": ports with 0 value must have a unix domain socket bind address',
        'spec.egress[2].captureMode: Invalid value: "IPTABLES": captureMode must be DEFAULT/NONE for unix domain socket listeners',
      ],
    ],
    [
      'one socket twice',
      egress(
        '{port: {number: 0}, bind: "unix:///a", hosts: ["./*"]}, {port: {number: 0}, bind: "unix:///a", hosts: ["./*"]}',
      ),
      ['spec.egress[1].bind: Duplicate value: "unix:///a"'],
    ],
  ]);
});

test('what is accepted', () => {
  assertAccepted(sidecar, [
    [
      'forms of endpoints',
      '{ingress: [{port: {number: 1}, defaultEndpoint: "127.0.0.1:80"}, {port: {number: 2}, defaultEndpoint: "[::1]:80"}, {port: {number: 3}, defaultEndpoint: ":80"}, {port: {number: 4}, defaultEndpoint: "unix:///a"}, {port: {number: 5}}]}',
      [],
    ],
    [
      'TLS that ends here',
      ingress('port: {number: 443, protocol: HTTPS}, tls: {mode: SIMPLE, serverCertificate: /c, privateKey: /k}'),
      [],
    ],
    [
      'HTTP settings of a port that is not',
      ingress('port: {number: 1, protocol: TCP}, connectionPool: {http: {maxRetries: 1}}'),
      ['spec.ingress[0].connectionPool.http: has no effect, as the protocol of the port is not HTTP but "TCP"'],
    ],
    ['limits for all ports', '{inboundConnectionPool: {tcp: {maxConnections: 5}}}', []],
    [
      'a selector of nothing',
      '{workloadSelector: {labels: {}}, egress: [{hosts: ["./*"]}]}',
      [
        'spec.workloadSelector: workload selector specified without labels, will be applied to all workloads in the namespace',
      ],
    ],
  ]);
  assertRefused(sidecar, [
    [
      'ports and endpoints',
      '{ingress: [{port: {number: 0}, bind: a, defaultEndpoint: "10.0.0.1:80"}, {port: {number: 5}}, {port: {number: 5}, defaultEndpoint: ":99999"}]}',
      [
        'spec.ingress[0].port.number: Invalid value: 0: port number 0 must be in the range 1..65535',
        'spec.ingress[0].bind: Invalid value: "a": a is not a valid IP',
        'spec.ingress[0].defaultEndpoint: Invalid value: "10.0.0.1:80": must be of form 127.0.0.1:<port>, 0.0.0.0:<port>, [::1]:<port>, [::]:<port>, :<port> or unix://<path>',
        'spec.ingress[2].port.number: Duplicate value: 5',
        'spec.ingress[2].defaultEndpoint: Invalid value: 99999: port number 99999 must be in the range 1..65535',
      ],
    ],
    [
      'TLS',
      ingress(
        'port: {number: 80, protocol: HTTP}, tls: {mode: ISTIO_MUTUAL, httpsRedirect: true, subjectAltNames: [a]}',
      ),
      [
        'spec.ingress[0].tls.subjectAltNames: Forbidden: is not supported in sidecar ingress tls',
        'spec.ingress[0].tls.httpsRedirect: Forbidden: is not supported in sidecar ingress tls',
        'spec.ingress[0].tls.mode: Invalid value: "ISTIO_MUTUAL": cannot set mode to ISTIO_MUTUAL in sidecar ingress tls',
        'spec.ingress[0].tls: Invalid value: "HTTP": server cannot have TLS settings for non HTTPS/TLS ports',
      ],
    ],
    [
      'pools',
      '{inboundConnectionPool: {}}',
      ['spec.inboundConnectionPool: Invalid value: "": connection pool must have at least one field'],
    ],
  ]);
});

test('requests for unknown hosts', () => {
  assertAccepted(sidecar, [
    [
      'through a proxy',
      '{outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: p.ns, port: {number: 80}}}}',
      [],
    ],
  ]);
  assertRefused(sidecar, [
    [
      'through a proxy although refused',
      '{outboundTrafficPolicy: {egressProxy: {host: p}}}',
      [
        'spec.outboundTrafficPolicy.egressProxy: Invalid value: "p": must be set only with ALLOW_ANY outboundTrafficPolicy mode',
      ],
    ],
    [
      'through nothing',
      '{outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: "*.p"}}}',
      [
        'spec.outboundTrafficPolicy.egressProxy.host: Invalid value: "*.p": domain name "*.p" invalid (label "*" invalid)',
        'spec.outboundTrafficPolicy.egressProxy.port: Required value: egressProxy port must be set',
      ],
    ],
    [
      'a mode that only the whole mesh can have',
      '{outboundTrafficPolicy: {mode: ALLOW_ANY_DYNAMIC_DNS}}',
      [
        'spec.outboundTrafficPolicy.mode: Unsupported value: "ALLOW_ANY_DYNAMIC_DNS": supported values: "REGISTRY_ONLY", "ALLOW_ANY"',
      ],
    ],
  ]);
});
