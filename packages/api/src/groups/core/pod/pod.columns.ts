import type { ApiObject, Column } from '../../../kind/index.ts';
import { humanDuration } from '../../../table/human-duration.ts';
import { ageColumn, NONE } from '../../meta/index.ts';
import { type PodParts, summarizePod } from './pod-summary.ts';

const as = (object: ApiObject): PodParts => object as PodParts;

/** Columns of pods, as `kubectl` prints them. */
export const podColumns: readonly Column[] = [
  {
    name: 'Ready',
    type: 'string',
    description: 'Containers that are ready, of all.',
    value: (object) => {
      const { ready, total } = summarizePod(as(object));
      return `${ready}/${total}`;
    },
  },
  { name: 'Status', type: 'string', description: 'How the pod is doing.', value: (o) => summarizePod(as(o)).status },
  {
    name: 'Restarts',
    type: 'string',
    description: 'How often containers were started again, and when last.',
    value: (object, now) => {
      const { restarts, lastRestart } = summarizePod(as(object));
      if (restarts === 0 || lastRestart === undefined) return String(restarts);
      return `${restarts} (${humanDuration(now - lastRestart)} ago)`;
    },
  },
  ageColumn,
  {
    name: 'IP',
    type: 'string',
    priority: 1,
    description: 'Address of the pod.',
    value: (o) => as(o).status?.podIPs?.[0]?.ip || as(o).status?.podIP || NONE,
  },
  {
    name: 'Node',
    type: 'string',
    priority: 1,
    description: 'Node that runs the pod.',
    value: (o) => as(o).spec?.nodeName || NONE,
  },
  {
    name: 'Nominated Node',
    type: 'string',
    priority: 1,
    description: 'Node on which room is being made for the pod.',
    value: (o) => as(o).status?.nominatedNodeName || NONE,
  },
  {
    name: 'Readiness Gates',
    type: 'string',
    priority: 1,
    description: 'Readiness gates that are open, of all.',
    value: (o) => readinessGates(as(o)),
  },
];

function readinessGates({ spec, status }: PodParts): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const open = gates.filter(({ conditionType }) =>
    (status?.conditions ?? []).some((c) => c.type === conditionType && c.status === 'True'),
  );
  return `${open.length}/${gates.length}`;
}
