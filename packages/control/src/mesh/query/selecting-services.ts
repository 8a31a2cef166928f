import { getOrAdd } from '../collections/get-or-add.ts';
import type { MeshService, ServiceRegistry } from '../model/index.ts';
import { isSelected } from '../names/labels.ts';
import { memoByPart } from './memo.ts';

/** The services of a namespace that select a workload with these labels. */
export function selectingServices(
  { selecting }: ServiceRegistry,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): readonly MeshService[] {
  const services = selecting.get(namespace);
  if (services === undefined) return [];
  const index = byFirstLabel(services, '');
  const candidates = [ANY_LABELS, ...Object.keys(labels).map((label) => pairOf(label, labels[label]!))];
  return candidates.flatMap((pair) => (index.get(pair) ?? []).filter(({ selector }) => isSelected(selector!, labels)));
}

/** Stands for a selector that asks for nothing. */
const ANY_LABELS = '';

/** The first label that a selector asks for to the services that do: a namespace may have too many to try all. */
const byFirstLabel = memoByPart((services: readonly MeshService[]): ReadonlyMap<string, readonly MeshService[]> => {
  const index = new Map<string, MeshService[]>();
  for (const service of services) {
    const [label] = Object.keys(service.selector!);
    const pair = label === undefined ? ANY_LABELS : pairOf(label, service.selector![label]!);
    getOrAdd(index, pair, () => []).push(service);
  }
  return index;
});

function pairOf(label: string, value: string): string {
  return `${label}=${value}`;
}
