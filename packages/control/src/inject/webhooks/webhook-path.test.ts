import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseWebhookPath } from './webhook-path.ts';

it('reads the parameters of the address of injection', () => {
  const cases: [string, Record<string, string> | undefined][] = [
    ['/inject', {}],
    ['/inject/', {}],
    ['/inject/cluster/east/net/n1', { ISTIO_META_CLUSTER_ID: 'east', ISTIO_META_NETWORK: 'n1' }],
    ['/inject/cluster/a--slash--b/', { ISTIO_META_CLUSTER_ID: 'a/b' }],
    ['/inject/own_name/x/odd', { OWN_NAME: 'x' }],
    ['/inject/:ENV:cluster=east:ENV:A=:ENV:=b:ENV:c', { ISTIO_META_CLUSTER_ID: 'east', A: '' }],
    ['/inject/cluster/%65ast', { ISTIO_META_CLUSTER_ID: 'east' }],
    ['/inject/%zz/x', undefined],
    ['/injects', undefined],
    ['/validate', undefined],
  ];
  for (const [path, expected] of cases) assert.deepEqual(parseWebhookPath(path), expected, path);
});
