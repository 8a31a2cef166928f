import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kubernetes, schemaOf } from '@weft/api';
import { presentFields } from './present-fields.ts';

test('structs that are not behind a pointer are there from the start, and lists that are never left out', () => {
  assert.deepEqual(presentFields(schemaOf(kubernetes.apps.deployment, 'v1')), {
    'f:spec': {
      '.': {},
      'f:strategy': {},
      'f:template': { '.': {}, 'f:metadata': {}, 'f:spec': { '.': {}, 'f:containers': {} } },
    },
    'f:status': {},
  });
});

test('what is owned as a whole can be written by somebody', () => {
  const binding = presentFields(schemaOf(kubernetes.rbac.roleBinding, 'v1'));
  assert.deepEqual(binding, {});
});
