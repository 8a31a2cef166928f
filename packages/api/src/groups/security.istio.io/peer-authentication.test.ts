import { test } from 'node:test';
import { assertAccepted, assertRefused } from '../../test-support/judge.ts';
import { peerAuthentication } from './peer-authentication.ts';

test('modes and ports', () => {
  assertAccepted(peerAuthentication, [
    ['the wider policy', '{}', []],
    ['a mode', '{mtls: {mode: UNSET}}', []],
    ['a port', '{selector: {matchLabels: {a: b}}, portLevelMtls: {"65535": {mode: DISABLE}, "1": {}}}', []],
  ]);
  assertRefused(peerAuthentication, [
    [
      'a mode',
      '{mtls: {mode: OFF}}',
      ['spec.mtls.mode: Unsupported value: "OFF": supported values: "UNSET", "DISABLE", "PERMISSIVE", "STRICT"'],
    ],
    [
      'ports of all workloads',
      '{portLevelMtls: {"80": {mode: STRICT}}}',
      ['spec: Invalid value: "object": portLevelMtls requires selector'],
    ],
    [
      'ports of an empty selector',
      '{selector: {matchLabels: {}}, portLevelMtls: {"80": {mode: STRICT}}}',
      ['spec: Invalid value: "object": portLevelMtls requires selector'],
    ],
    [
      'numbers of ports',
      '{selector: {matchLabels: {a: b}}, portLevelMtls: {"0": {}}}',
      ['spec.portLevelMtls: Invalid value: "object": port must be between 1-65535'],
    ],
    [
      'names of ports',
      '{selector: {matchLabels: {a: b}}, portLevelMtls: {http: {}}}',
      ['spec.portLevelMtls: Invalid value: "object": port must be between 1-65535'],
    ],
    [
      'no ports',
      '{selector: {matchLabels: {a: b}}, portLevelMtls: {}}',
      ['spec.portLevelMtls: Invalid value: 0: spec.portLevelMtls in body should have at least 1 properties'],
    ],
  ]);
});
