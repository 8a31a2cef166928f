import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccepted, assertRefused, judge } from '../../test-support/judge.ts';
import { proxyConfig } from './proxy-config.ts';
import { workloadEntry } from './workload-entry.ts';
import { workloadGroup } from './workload-group.ts';

test('workload entries', () => {
  assertAccepted(workloadEntry, [
    ['an address', '{address: 10.0.0.1, ports: {http: 80}, labels: {app: a}, serviceAccount: sa, weight: 1}', []],
    ['a name', '{address: vm.example.com}', []],
    ['a socket', '{address: "unix://@a"}', []],
    ['another network', '{network: n}', ['spec.address: address is unset with network "n"']],
  ]);
  assertRefused(workloadEntry, [
    ['nothing', '{}', ['spec: Invalid value: "object": Address is required']],
    ['an empty address', '{address: ""}', ['spec.address: Required value: address is required']],
    [
      'no address',
      '{address: "a b", ports: {a-: 1}}',
      ['spec.ports: Invalid value: "object": port name must be valid'],
    ],
    [
      'no name',
      '{address: "a b"}',
      ['spec.address: Invalid value: "a b": endpoint address "a b" is not a valid FQDN or an IP address'],
    ],
    ['a folder', '{address: "unix:///a/"}', ['spec.address: Invalid value: "string": UDS may not be a dir']],
  ]);
  const bare = { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name: 'a' } };
  assert.deepEqual(judge(workloadEntry, bare).errors, ['spec: Required value']);
});

test('workload groups', () => {
  assertAccepted(workloadGroup, [
    ['the least', '{template: {}}', []],
    [
      'a probe',
      '{metadata: {labels: {a: b}}, template: {serviceAccount: sa, network: n}, probe: {httpGet: {path: /, port: 80, scheme: HTTPS, httpHeaders: [{name: a, value: b}]}, periodSeconds: 5}}',
      [],
    ],
    ['a gRPC probe', '{template: {}, probe: {grpc: {port: 80}}}', []],
  ]);
  assertRefused(workloadGroup, [
    ['no template', '{}', ['spec.template: Required value']],
    [
      'ports and headers',
      '{template: {}, probe: {httpGet: {port: 65536, scheme: ftp, httpHeaders: [{name: "**"}]}, timeoutSeconds: -1}}',
      [
        'spec.probe.httpGet.port: Invalid value: "integer": port must be between 1-65535',
        'spec.probe.httpGet.scheme: Invalid value: "string": scheme must be one of [HTTP, HTTPS]',
        `spec.probe.httpGet.httpHeaders[0].name: Invalid value: "**": spec.probe.httpGet.httpHeaders[0].name in body should match '^[-_A-Za-z0-9]+$'`,
        'spec.probe.timeoutSeconds: Invalid value: -1: spec.probe.timeoutSeconds in body should be greater than or equal to 0',
      ],
    ],
    [
      'a probe of nothing',
      '{template: {}, probe: {}}',
      ['spec.probe: Required value: one of httpGet, tcpSocket, exec or grpc'],
    ],
    [
      'a command of nothing',
      '{template: {}, probe: {exec: {command: []}}}',
      ['spec.probe.exec.command: Required value: exec.command is required'],
    ],
    [
      'two probes',
      '{template: {}, probe: {exec: {command: [a]}, tcpSocket: {port: 1}}}',
      [
        'spec.probe: Invalid value: "object": only one of httpGet, tcpSocket, exec and grpc may be set, found tcpSocket and exec',
      ],
    ],
  ]);
});

test('proxy settings', () => {
  assertAccepted(proxyConfig, [
    [
      'all fields',
      '{concurrency: 0, environmentVariables: {A: b}, image: {imageType: debug}, selector: {matchLabels: {a: b}}}',
      [],
    ],
  ]);
  assertRefused(proxyConfig, [
    [
      'numbers and names',
      '{concurrency: -1}',
      ['spec.concurrency: Invalid value: -1: spec.concurrency in body should be greater than or equal to 0'],
    ],
    [
      'names',
      '{environmentVariables: {"A=B": c}}',
      ['spec.environmentVariables: Invalid value: "A=B": is not the name of an environment variable'],
    ],
  ]);
});
