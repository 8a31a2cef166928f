/** What is in every cluster from the start: the first namespaces, the roles, and the service that names the API. */
import { bootstrapObjects } from './auth/rbac/bootstrap-policy.ts';
import type { InternalClient } from './internal-client.ts';
import { kinds } from './kinds.ts';

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Creates what is missing; what users changed stays. */
export async function bootstrap(client: InternalClient): Promise<void> {
  await Promise.all([
    ...NAMESPACES.map((name) => client.ensure(kinds.namespace, '', { metadata: { name } })),
    ...bootstrapObjects.map((object) =>
      client.ensure(object['kind'] === 'ClusterRole' ? kinds.clusterRole : kinds.clusterRoleBinding, '', object),
    ),
  ]);
  await client.ensure(kinds.service, 'default', {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
    },
  });
}
