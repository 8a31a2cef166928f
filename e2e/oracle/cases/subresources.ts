/** Parts of objects with URLs of their own. */
import { get, type OracleCase, patch, post, put, scene } from '../case.ts';
import { base } from './samples.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/{ns}/deployments';
const PODS = '/api/v1/namespaces/{ns}/pods';
const ACCOUNTS = '/api/v1/namespaces/{ns}/serviceaccounts';
const SPACES = '/api/v1/namespaces';
const labels = { app: 'web' };
const web = {
  metadata: { name: 'web' },
  spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: base.podSpec } },
};
const scale = (spec: unknown, rest: object = {}): object => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'web', namespace: '{ns}' },
  spec,
  ...rest,
});
const token = (spec: object): object => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
/** What a token says differs from server to server. */
const issued = ({ spec, kind, apiVersion, message, reason, details }: Record<string, unknown>): unknown => ({
  ...(spec === undefined ? {} : { seconds: (spec as { expirationSeconds: number }).expirationSeconds }),
  kind,
  apiVersion,
  message,
  reason,
  details,
});

export const subresourceCases: readonly OracleCase[] = [
  scene(
    'scale',
    post(DEPLOYMENTS, web),
    get(`${DEPLOYMENTS}/web/scale`),
    put(`${DEPLOYMENTS}/web/scale`, scale({ replicas: 5 })),
    put(`${DEPLOYMENTS}/web/scale`, scale({ replicas: -1 })),
    put(`${DEPLOYMENTS}/web/scale`, scale({ replicas: 'x' })),
    put(`${DEPLOYMENTS}/web/scale`, scale({})),
    put(`${DEPLOYMENTS}/web/scale`, scale({ replicas: 1 }, { metadata: { name: 'other' } })),
    put(`${DEPLOYMENTS}/web/scale`, scale({ replicas: 1 }, { metadata: { name: 'web', resourceVersion: '1' } })),
    patch(`${DEPLOYMENTS}/web/scale`, 'merge', { spec: { replicas: 3 } }),
    patch(`${DEPLOYMENTS}/web/scale`, 'json', [{ op: 'replace', path: '/spec/replicas', value: 4 }]),
    patch(`${DEPLOYMENTS}/absent/scale`, 'merge', { spec: { replicas: 3 } }),
    get(`${DEPLOYMENTS}/absent/scale`),
    { method: 'DELETE', path: `${DEPLOYMENTS}/web/scale` },
    post(`${DEPLOYMENTS}/web/scale`, scale({ replicas: 1 })),
    get(`${DEPLOYMENTS}/web`),
  ),
  scene(
    'status',
    post(DEPLOYMENTS, { ...web, status: { replicas: 9 } }),
    put(`${DEPLOYMENTS}/web/status`, { ...web, status: { replicas: 3 } }),
    put(`${DEPLOYMENTS}/web/status`, { ...web, status: { replicas: -3 } }),
    put(`${DEPLOYMENTS}/web/status`, { metadata: { name: 'web', labels: { changed: 'no' } }, status: { replicas: 4 } }),
    patch(`${DEPLOYMENTS}/web/status`, 'strategic', {
      status: {
        conditions: [
          {
            type: 'Available',
            status: 'True',
            lastUpdateTime: '2024-01-01T00:00:00Z',
            lastTransitionTime: '2024-01-01T00:00:00Z',
          },
        ],
      },
    }),
    patch(`${DEPLOYMENTS}/web/status`, 'merge', { spec: { replicas: 8 }, metadata: { annotations: { a: 'b' } } }),
    get(`${DEPLOYMENTS}/web/status`),
    { method: 'DELETE', path: `${DEPLOYMENTS}/web/status` },
    put(`${DEPLOYMENTS}/web`, { ...web, status: { replicas: 77 } }),
  ),
  scene(
    'tokens',
    post(ACCOUNTS, { metadata: { name: 'robot' } }),
    post(`${ACCOUNTS}/robot/token`, token({ expirationSeconds: 600, audiences: ['a'] }), { pick: issued }),
    post(`${ACCOUNTS}/robot/token`, token({}), { pick: issued }),
    post(`${ACCOUNTS}/robot/token`, token({ expirationSeconds: 5 }), { pick: issued }),
    post(`${ACCOUNTS}/robot/token`, token({ expirationSeconds: 2 ** 33 }), { pick: issued }),
    post(`${ACCOUNTS}/robot/token`, token({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'absent' } }), {
      pick: issued,
    }),
    post(`${ACCOUNTS}/robot/token`, token({ boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'x' } }), {
      pick: issued,
    }),
    post(`${ACCOUNTS}/absent/token`, token({}), { pick: issued }),
    get(`${ACCOUNTS}/robot/token`),
  ),
  scene(
    'pods',
    post(PODS, { metadata: { name: 'a' }, spec: { ...base.podSpec, serviceAccountName: 'default' } }),
    post(`${PODS}/a/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'a' },
      target: { kind: 'Node', name: 'n' },
    }),
    post(`${PODS}/a/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'a' },
      target: { kind: 'Node', name: 'n' },
    }),
    post(`${PODS}/absent/binding`, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'absent' },
      target: { kind: 'Node', name: 'n' },
    }),
    post(`${PODS}/a/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'a' },
      deleteOptions: { dryRun: ['All'] },
    }),
    post(`${PODS}/a/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'other' } }),
    patch(`${PODS}/a/ephemeralcontainers`, 'strategic', {
      spec: { ephemeralContainers: [{ name: 'debug', image: 'd:1' }] },
    }),
    patch(`${PODS}/a`, 'strategic', { spec: { containers: [{ name: 'web', image: 'web:2' }] } }),
    patch(
      `${PODS}/a`,
      'strategic',
      { spec: { containers: [{ name: 'web', command: ['x'] }] } },
      { pick: ({ reason }: { reason: string }) => reason },
    ),
    patch(`${PODS}/a/resize`, 'strategic', {
      spec: { containers: [{ name: 'web', resources: { requests: { cpu: '1' } } }] },
    }),
    patch(`${PODS}/a/status`, 'merge', { status: { phase: 'Running' } }),
    { method: 'DELETE', path: `${PODS}/a`, body: { gracePeriodSeconds: 7 } },
    { method: 'DELETE', path: `${PODS}/a`, body: { gracePeriodSeconds: 0 } },
    get(`${PODS}/a`),
  ),
  scene(
    'namespaces',
    post(SPACES, { metadata: { name: '{ns}-two' } }),
    put(`${SPACES}/{ns}-two`, { metadata: { name: '{ns}-two', labels: { a: 'b' } } }),
    put(`${SPACES}/{ns}-two/finalize`, { metadata: { name: '{ns}-two' }, spec: { finalizers: ['example.com/x'] } }),
    put(`${SPACES}/{ns}-two/status`, { metadata: { name: '{ns}-two' }, status: { phase: 'Terminating' } }),
    get(`${SPACES}/{ns}-two`),
    { method: 'DELETE', path: `${SPACES}/{ns}-two` },
    post(`${SPACES}/{ns}-two/configmaps`, { metadata: { name: 'late' } }),
    put(`${SPACES}/{ns}-two/finalize`, { metadata: { name: '{ns}-two' }, spec: { finalizers: [] } }),
    { method: 'DELETE', path: `${SPACES}/default`, headers: { 'impersonate-user': 'maria' } },
    post(SPACES, { metadata: { name: 'Bad_Name' } }),
    post(SPACES, { metadata: { name: 'x'.repeat(64) } }),
  ),
];
