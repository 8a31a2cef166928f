import { test } from 'node:test';
import { assertAccepted, assertRefused } from '../../test-support/judge.ts';
import { wasmPlugin } from './wasm-plugin.ts';

test('modules', () => {
  assertAccepted(wasmPlugin, [
    ['an image', '{url: "oci://ghcr.io/a/b:1", phase: AUTHN, priority: 10, pluginConfig: {a: [1, {b: c}]}}', []],
    ['an image without scheme', '{url: "ghcr.io/a/b:1"}', []],
    ['a file', `{url: "file:///a.wasm", sha256: "${'0a'.repeat(32)}"}`, []],
    [
      'traffic',
      '{url: "https://a/b", match: [{mode: SERVER, ports: [{number: 80}, {number: 81}]}], type: NETWORK}',
      [],
    ],
    ['environment', '{url: a, vmConfig: {env: [{name: A, value: b}, {name: B, valueFrom: HOST}]}}', []],
  ]);
  assertRefused(wasmPlugin, [
    ['nothing', '{}', ['spec.url: Required value']],
    ['a scheme', '{url: "ftp://a/b"}', ['spec.url: Invalid value: "ftp://a/b": url contains unsupported scheme: ftp']],
    ['an address', '{url: "http://a b/"}', ['spec.url: Invalid value: "http://a b/": failed to parse url']],
    [
      'a checksum',
      '{url: a, sha256: abc}',
      [`spec.sha256: Invalid value: "abc": spec.sha256 in body should match '(^$|^[a-f0-9]{64}$)'`],
    ],
    [
      'ports',
      '{url: a, match: [{ports: [{number: 0}]}]}',
      [
        'spec.match[0].ports[0].number: Invalid value: 0: spec.match[0].ports[0].number in body should be greater than or equal to 1',
      ],
    ],
    [
      'a value from two places',
      '{url: a, vmConfig: {env: [{name: A, value: b, valueFrom: HOST}]}}',
      ['spec.vmConfig.env[0]: Invalid value: "object": value may only be set when valueFrom is INLINE'],
    ],
    [
      'a variable twice',
      '{url: a, vmConfig: {env: [{name: A}, {name: A}]}}',
      ['spec.vmConfig.env[1]: Duplicate value: {"name":"A"}'],
    ],
    [
      'a phase',
      '{url: a, phase: LAST}',
      ['spec.phase: Unsupported value: "LAST": supported values: "UNSPECIFIED_PHASE", "AUTHN", "AUTHZ", "STATS"'],
    ],
  ]);
});
