import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '@weft/core';
import { parse } from 'yaml';
import { formatKubeconfig } from './kubeconfig.ts';

test('the file names one cluster, user and context, with everything inside', () => {
  const text = formatKubeconfig({
    url: 'https://127.0.0.1:6443',
    caPem: 'CA\n',
    certPem: 'CERT\n',
    keyPem: new Secret('KEY\n'),
  });
  const base64 = (plain: string): string => Buffer.from(plain).toString('base64');
  assert.deepEqual(parse(text), {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'weft', cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': base64('CA\n') } },
    ],
    users: [
      { name: 'weft', user: { 'client-certificate-data': base64('CERT\n'), 'client-key-data': base64('KEY\n') } },
    ],
    contexts: [{ name: 'weft', context: { cluster: 'weft', user: 'weft', namespace: 'default' } }],
    'current-context': 'weft',
  });
});
