import { kubernetes } from '@weft/api';
import { explainInjectors, findInjectors } from '@weft/control/inject';
import { UserError } from '@weft/core';
import { type KubeClient, resourceOf } from '@weft/kube/client';
import { defineCommand } from '../../framework/command.ts';
import { arg } from '../../framework/flags.ts';
import { tableResult } from '../../framework/result.ts';
import { connectCluster } from '../../io/cluster-client.ts';

/** What may stand before the slash; pods may stand alone. */
const TEMPLATED = {
  deployment: kubernetes.apps.deployment,
  statefulset: kubernetes.apps.statefulSet,
  daemonset: kubernetes.apps.daemonSet,
  replicaset: kubernetes.apps.replicaSet,
} as const;

type Labels = Readonly<Record<string, string>>;

export default defineCommand({
  description:
    'Tells for each injector of a cluster whether it is asked about the pods of a workload, by the labels of their ' +
    'namespace and their own, and why not. Injectors of Istio are understood too. Exits with 1 when none is asked.\n\n' +
    'An injector that is asked may still leave a pod alone, by its annotations or the configuration of the injector.',
  status: 'experimental',
  shared: ['output', 'namespace', 'cluster'],
  args: { workload: arg.required('a pod, or deployment/NAME, statefulset/NAME, daemonset/NAME, replicaset/NAME') },
  examples: [
    { title: 'A pod', command: 'weft x check-inject reviews-v1-6d5f8c9b7-abcde -n shop' },
    { title: 'A deployment', command: 'weft x check-inject deployment/reviews -n shop' },
  ],
  async run({ workload }, context) {
    const client = await connectCluster(context);
    try {
      const { signal } = context;
      const namespace = context.namespace ?? client.namespace;
      const pod = await podLabels(client, workload, namespace, signal);
      const { metadata } = await client.resource(kubernetes.core.namespace).get(namespace, { signal });
      const { items } = await client
        .resource(kubernetes.admissionregistration.mutatingWebhookConfiguration)
        .listAll({ signal });
      const rows = explainInjectors(findInjectors(items), { namespace: metadata.labels ?? {}, pod });
      return tableResult(
        rows,
        {
          rows,
          whenEmpty: 'the cluster has no injectors',
          columns: [
            { header: 'INJECTOR', value: (row) => row.injector },
            { header: 'REVISION', value: (row) => row.revision },
            { header: 'INJECTED', value: (row) => (row.isAsked ? context.style.green('✔') : context.style.red('✘')) },
            { header: 'REASON', value: (row) => row.reason },
          ],
        },
        rows.some(({ isAsked }) => isAsked) ? 'yes' : 'no',
      );
    } finally {
      await client.close();
    }
  },
});

async function podLabels(
  client: KubeClient,
  workload: string,
  namespace: string,
  signal: AbortSignal,
): Promise<Labels> {
  const [word = '', name, ...more] = workload.split('/');
  if (name === undefined || word === 'pod') {
    const pod = await client.resource(kubernetes.core.pod, { namespace }).get(name ?? word, { signal });
    return pod.metadata.labels ?? {};
  }
  const kind = Object.hasOwn(TEMPLATED, word) ? TEMPLATED[word as keyof typeof TEMPLATED] : undefined;
  if (kind === undefined || more.length > 0) {
    throw new UserError(`${workload} names no workload`, {
      hint: `use NAME of a pod, or ${Object.keys(TEMPLATED).join('/NAME, ')}/NAME`,
    });
  }
  const object = await client.collection<Templated>(resourceOf(kind) as never, namespace).get(name, { signal });
  return object.spec?.template?.metadata?.labels ?? {};
}

/** As much as all of them have. */
interface Templated {
  readonly spec?: { readonly template?: { readonly metadata?: { readonly labels?: Labels } } };
}
