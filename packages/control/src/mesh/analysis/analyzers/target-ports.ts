import { getOrAdd } from '../../collections/get-or-add.ts';
import type { MeshService, MeshSnapshot, Workload } from '../../model/index.ts';
import { isSelected } from '../../names/labels.ts';
import type { Analyzer } from '../analyzer.ts';

/** Label and value to the pods of a namespace that have it. */
type PodsByLabel = ReadonlyMap<string, readonly Workload[]>;

/** Target ports by a name that no container has. */
export const targetPortAnalyzer: Analyzer = {
  name: 'target-ports',
  analyze({ registry, workloads }, report) {
    const byNamespace = new Map<string, PodsByLabel>();
    for (const service of registry.services.values()) {
      const named = service.ports.filter(({ targetPort }) => typeof targetPort === 'string');
      if (named.length === 0 || service.selector === undefined || service.registry !== 'kubernetes') continue;
      const { namespace } = service;
      const pods = selectedPods(
        service,
        getOrAdd(byNamespace, namespace, () => podsByLabel(workloads, namespace)),
      );
      // Without any pod there is nothing to say yet.
      if (pods.length === 0) continue;
      for (const { number, targetPort, path } of named) {
        if (pods.some((pod) => Object.hasOwn(pod.ports, targetPort))) continue;
        const name = JSON.stringify(targetPort);
        const message = `port ${number} leads to the container port ${name}, which none of the ${pods.length} selected pods has`;
        report('UnresolvableTargetPort', service.sources[0]!, message, `${path}.targetPort`);
      }
    }
  },
};

/** A namespace may have thousands of services and pods, so that not every pair of them can be looked at. */
function podsByLabel({ podsByNamespace }: MeshSnapshot['workloads'], namespace: string): PodsByLabel {
  const byLabel = new Map<string, Workload[]>();
  for (const pod of podsByNamespace.get(namespace)?.values() ?? []) {
    for (const label of Object.keys(pod.labels)) getOrAdd(byLabel, `${label}=${pod.labels[label]}`, () => []).push(pod);
  }
  return byLabel;
}

function selectedPods({ selector = {} }: MeshService, byLabel: PodsByLabel): readonly Workload[] {
  const candidates = Object.keys(selector).map((label) => byLabel.get(`${label}=${selector[label]}`) ?? []);
  const fewest = candidates.toSorted((a, b) => a.length - b.length)[0] ?? [];
  return fewest.filter(({ labels }) => isSelected(selector, labels));
}
