import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath } from '../../schema/index.ts';
import { ageColumn, alwaysPresent } from '../meta/index.ts';
import { checkService } from './service.check.ts';
import { serviceColumns } from './service.columns.ts';
import { applyServiceDefaults } from './service.defaults.ts';
import { type ServiceSpec, serviceSpec, serviceStatus } from './service-spec.ts';

/** A stable name and address for a set of pods. */
export const service = defineBuiltin({
  group: '',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  scope: 'Namespaced',
  nameRule: 'dns-1035-label',
  hasGeneration: false,
  hasStatus: true,
  description: 'A stable name and address for a set of pods.',
  fields: {
    spec: alwaysPresent(serviceSpec),
    status: serviceStatus,
  },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [...serviceColumns.slice(0, -1), ageColumn, serviceColumns.at(-1)!],
  initialStatus: () => ({ loadBalancer: {} }),
  applyDefaults(object, context) {
    applyServiceDefaults(object.spec ?? {}, context.old?.['spec'] as ServiceSpec | undefined);
    for (const ingress of object.status?.loadBalancer?.ingress ?? []) {
      if ((ingress.ip ?? '') !== '') ingress.ipMode ??= 'VIP';
    }
  },
  check(object, report, context) {
    checkService(object.spec ?? {}, context.old?.['spec'] as ServiceSpec | undefined, report);
    const ingress = object.status?.loadBalancer?.ingress ?? [];
    if (context.subresource === 'status' && ingress.length > 0 && object.spec?.type !== 'LoadBalancer') {
      const path = FieldPath.root.child('status', 'loadBalancer', 'ingress');
      report.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'");
    }
  },
});

/** A stable name and address for a set of pods. */
export type Service = ObjectOf<typeof service>;
