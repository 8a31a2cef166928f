import { test } from 'node:test';
import { assertAccepted, assertRefused } from '../../test-support/judge.ts';
import { serviceEntry } from './service-entry.ts';

const HTTPS = 'ports: [{number: 443, name: https, protocol: HTTPS}]';

test('hosts, addresses, ports and exports', () => {
  assertAccepted(serviceEntry, [
    ['the least', '{hosts: [a.com]}', []],
    ['ranges where clients connect to', '{hosts: [a.com], addresses: [10.0.0.0/8, "::1"], resolution: NONE}', []],
    ['hidden', `{hosts: [a.com], exportTo: ["~"], ${HTTPS}}`, []],
    [
      'a part of a label',
      `{hosts: ["*foo.com"], ${HTTPS}}`,
      ['spec.hosts[0]: partial wildcard "*foo.com" not allowed'],
    ],
    [
      'another port where clients choose it',
      '{hosts: [a.com], ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]}',
      ['spec.ports[0].targetPort: has no effect when resolution mode is NONE'],
    ],
    [
      'a selector of nothing',
      '{hosts: [a.com], resolution: STATIC, workloadSelector: {}}',
      [
        'spec.workloadSelector: workload selector specified without labels, will be applied to all workloads in the namespace',
      ],
    ],
    [
      'a selector without effect',
      '{hosts: [a.com], resolution: DNS, workloadSelector: {labels: {a: b}}}',
      ['spec.workloadSelector: should not be set when resolution mode is DNS'],
    ],
  ]);
  assertRefused(serviceEntry, [
    ['no spec fields', '{}', ['spec.hosts: Required value']],
    ['no hosts', '{hosts: []}', ['spec.hosts: Invalid value: 0: spec.hosts in body should have at least 1 items']],
    ['"*"', '{hosts: ["*"]}', ['spec.hosts[0]: Invalid value: "string": hostname cannot be wildcard']],
    [
      'hosts and addresses',
      '{hosts: [a_b], addresses: [1.2.3.4/99, x]}',
      [
        'spec.hosts[0]: Invalid value: "a_b": domain name "a_b" invalid (label "a_b" invalid)',
        'spec.addresses[0]: Invalid value: "1.2.3.4/99": 1.2.3.4/99 is not a valid CIDR block',
        'spec.addresses[1]: Invalid value: "x": x is not a valid IP',
      ],
    ],
    [
      'ranges behind DNS',
      '{hosts: [a.com], addresses: [1.2.3.4/16], resolution: DNS}',
      ['spec: Invalid value: "object": CIDR addresses are allowed only for NONE/STATIC resolution types'],
    ],
    [
      'one name twice',
      '{hosts: [a.com], ports: [{name: a, number: 1}, {name: a, number: 2}]}',
      ['spec.ports[1]: Duplicate value: {"name":"a"}'],
    ],
    [
      'one number twice',
      '{hosts: [a.com], ports: [{name: a, number: 1}, {name: b, number: 1}]}',
      ['spec.ports: Invalid value: "array": port number cannot be duplicated'],
    ],
    [
      'numbers',
      '{hosts: [a.com], ports: [{name: a, number: 99999}, {name: b, number: 1, targetPort: 0}]}',
      [
        'spec.ports[0].number: Invalid value: "integer": port must be between 1-65535',
        'spec.ports[1].targetPort: Invalid value: "integer": port must be between 1-65535',
      ],
    ],
    [
      'names and protocols',
      '{hosts: [a.com], ports: [{name: a_b, number: 1, protocol: FTP}]}',
      [
        'spec.ports[0].name: Invalid value: "a_b": invalid port name: a_b',
        'spec.ports[0].protocol: Invalid value: "FTP": unsupported protocol: FTP',
      ],
    ],
    [
      'to nobody and to somebody',
      '{hosts: [a.com], exportTo: ["~", ns]}',
      ['spec.exportTo: Invalid value: ["~","ns"]: cannot export service entry to no one (~) and someone'],
    ],
    [
      'endpoints and a selector',
      '{hosts: [a.com], resolution: STATIC, workloadSelector: {}, endpoints: [{address: 1.2.3.4}]}',
      ['spec: Invalid value: "object": only one of WorkloadSelector or Endpoints can be set'],
    ],
    [
      'a wildcard in a selector',
      '{hosts: [a.com], resolution: STATIC, workloadSelector: {labels: {a: "*"}}}',
      ['spec.workloadSelector.labels.a: Invalid value: "string": wildcard is not supported in selector'],
    ],
  ]);
});

test('resolution and endpoints', () => {
  assertAccepted(serviceEntry, [
    [
      'STATIC addresses and a Unix socket',
      `{hosts: [a.com], resolution: STATIC, ${HTTPS}, endpoints: [{address: 1.2.3.4, ports: {https: 8443}, weight: 5, locality: a/b}, {address: "unix:///a"}]}`,
      [],
    ],
    ['DNS names', `{hosts: [a.com], resolution: DNS, ${HTTPS}, endpoints: [{address: b.com}, {address: 1.2.3.4}]}`, []],
    [
      'DNS with a wildcard and endpoints',
      `{hosts: ["*.a.com"], resolution: DNS, ${HTTPS}, endpoints: [{address: b.com}]}`,
      [],
    ],
    [
      'names looked up when a request comes',
      '{hosts: ["*.a.com"], resolution: DYNAMIC_DNS, ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]}',
      [],
    ],
    [
      'a port that such names cannot serve',
      '{hosts: ["*.a.com"], resolution: DYNAMIC_DNS, ports: [{number: 1, name: tcp, protocol: TCP}]}',
      ['spec.ports[0]: gets no traffic, as DYNAMIC_DNS serves HTTP and TLS ports only'],
    ],
    [
      'an endpoint behind another network',
      '{hosts: [a.com], resolution: STATIC, endpoints: [{network: n}]}',
      ['spec.endpoints[0].address: address is unset with network "n"'],
    ],
  ]);
  assertRefused(serviceEntry, [
    [
      'NONE with endpoints',
      '{hosts: [a.com], endpoints: [{address: 1.2.3.4}]}',
      ['spec: Invalid value: "object": NONE mode cannot set endpoints'],
    ],
    [
      'round robin over several names',
      '{hosts: [a.com], resolution: DNS_ROUND_ROBIN, endpoints: [{address: a.a.com}, {address: b.a.com}]}',
      ['spec: Invalid value: "object": DNS_ROUND_ROBIN mode cannot have multiple endpoints'],
    ],
    [
      'DNS of a wildcard',
      `{hosts: ["*.a.com"], resolution: DNS, ${HTTPS}}`,
      [
        'spec.hosts[0]: Invalid value: "*.a.com": hosts must be FQDN if no endpoints are provided for resolution mode DNS',
      ],
    ],
    [
      'STATIC names and ports that are not there',
      `{hosts: [a.com], resolution: STATIC, ${HTTPS}, endpoints: [{address: b.com, ports: {http: 80}}]}`,
      [
        'spec.endpoints[0].address: Invalid value: "b.com": endpoint address "b.com" is not a valid IP address',
        'spec.endpoints[0].ports: Invalid value: "http": endpoint port http is not defined by the service entry',
      ],
    ],
    [
      'a Unix socket for two ports',
      '{hosts: [a.com], resolution: STATIC, ports: [{number: 1, name: a, protocol: HTTP}, {number: 2, name: b, protocol: HTTP}], endpoints: [{address: "unix:///a"}]}',
      ['spec.endpoints[0].address: Invalid value: "unix:///a": exactly 1 service port required for unix endpoints'],
    ],
    [
      'endpoints as their structure has them',
      '{hosts: [a.com], resolution: STATIC, endpoints: [{}, {address: "unix://a"}, {address: "unix:///a", ports: {x: 1}}, {address: 1.2.3.4, ports: {"a_": 1, b: 0}}]}',
      [
        'spec.endpoints[0]: Invalid value: "object": Address is required',
        'spec.endpoints[1].address: Invalid value: "string": UDS must be an absolute path or abstract socket',
        'spec.endpoints[2]: Invalid value: "object": UDS may not include ports',
        'spec.endpoints[3].ports.b: Invalid value: "integer": port must be between 1-65535',
      ],
    ],
    [
      'single names looked up when a request comes',
      '{hosts: [a.com], resolution: DYNAMIC_DNS, location: MESH_INTERNAL, endpoints: [{address: 1.2.3.4}]}',
      [
        'spec.endpoints: Invalid value: 1: DYNAMIC_DNS mode cannot set endpoints',
        'spec.resolution: Invalid value: "DYNAMIC_DNS": is allowed for services outside of the mesh only (MESH_EXTERNAL)',
        'spec.hosts[0]: Invalid value: "a.com": DYNAMIC_DNS needs a wildcard host, use DNS for single hosts',
      ],
    ],
  ]);
});

test('hosts that cannot be told from each other', () => {
  assertAccepted(serviceEntry, [
    ['by server name', `{hosts: [a.com, b.com], resolution: DNS, ${HTTPS}}`, []],
    ['where clients connect to', '{hosts: [a.com, b.com], ports: [{number: 1, name: a, protocol: TCP}]}', []],
    [
      'addresses do not tell them',
      `{hosts: [a.com, b.com], addresses: [1.2.3.4], resolution: DNS, ${HTTPS}}`,
      ['spec.hosts: service entry can not have more than one host specified simultaneously with address and tcp port'],
    ],
  ]);
  assertRefused(serviceEntry, [
    [
      'plain TCP',
      '{hosts: [a.com, b.com], resolution: DNS, ports: [{number: 1, name: a, protocol: TCP}]}',
      ['spec.ports[0]: Invalid value: "TCP": multiple hosts provided with non-HTTP, non-TLS ports'],
    ],
  ]);
});
