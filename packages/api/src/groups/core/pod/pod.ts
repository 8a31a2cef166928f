import { defineBuiltin, type ObjectOf } from '../../../kind/index.ts';
import { FieldPath } from '../../../schema/index.ts';
import { alwaysPresent } from '../../meta/index.ts';
import { podColumns } from './pod.columns.ts';
import { checkPodSpec } from './pod-spec.check.ts';
import { applyPodDefaults, applyPodSpecDefaults } from './pod-spec.defaults.ts';
import { type PodSpec, podSpec } from './pod-spec.ts';
import { podStatus } from './pod-status.ts';
import { checkPodUpdate } from './pod-update.check.ts';
import { qosClassOf } from './qos-class.ts';

const specPath = FieldPath.root.child('spec');

/** Containers that run together on one node. */
export const pod = defineBuiltin({
  group: '',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  scope: 'Namespaced',
  hasStatus: true,
  description: 'Containers that run together on one node and share an address.',
  fields: { spec: alwaysPresent(podSpec), status: alwaysPresent(podStatus) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: podColumns,
  initialStatus: ({ spec }) => ({ phase: 'Pending', qosClass: spec === undefined ? 'BestEffort' : qosClassOf(spec) }),
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    applyPodSpecDefaults(spec);
    applyPodDefaults(spec);
  },
  check({ spec }, report, context) {
    if (spec === undefined) return;
    checkPodSpec(specPath, spec, report);
    const old = context.old?.['spec'] as PodSpec | undefined;
    if (old !== undefined) checkPodUpdate(spec, old, context.subresource, report);
    else if ((spec.ephemeralContainers ?? []).length > 0) {
      report.forbidden(specPath.child('ephemeralContainers'), 'cannot be set on create');
    }
  },
});

/** Containers that run together on one node. */
export type Pod = ObjectOf<typeof pod>;
