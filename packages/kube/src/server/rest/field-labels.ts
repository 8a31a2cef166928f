/** Fields that a field selector may name, for each resource. */
import type { AnyKind, ApiObject } from '@weft/api';
import { plainText } from '../plain-text.ts';

type Getter = (object: ApiObject) => string;

/** Reads a member by its path; absent members are empty, or what Go prints of their type. */
function at(path: string, absent = ''): [string, Getter] {
  const parts = path.split('.');
  return [
    path,
    (object) => {
      let value: unknown = object;
      for (const part of parts) value = (value as Record<string, unknown> | undefined | null)?.[part];
      return value === undefined || value === null ? absent : plainText(value);
    },
  ];
}

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const BY_RESOURCE: Readonly<Record<string, ReadonlyMap<string, Getter>>> = {
  '/pods': new Map([
    at('spec.nodeName'),
    at('spec.restartPolicy'),
    at('spec.schedulerName'),
    at('spec.serviceAccountName'),
    at('spec.hostNetwork', 'false'),
    at('status.phase'),
    at('status.podIP'),
    at('status.nominatedNodeName'),
  ]),
  '/events': new Map([
    ...INVOLVED.map((field) => at(`involvedObject.${field}`)),
    at('reason'),
    at('reportingComponent'),
    ['source', (object) => at('source.component')[1](object) || at('reportingComponent')[1](object)],
    at('type'),
  ]),
  'events.k8s.io/events': new Map([
    ...INVOLVED.map((field): [string, Getter] => [`regarding.${field}`, at(`regarding.${field}`)[1]]),
    at('reason'),
    at('reportingController'),
    at('type'),
  ]),
  '/secrets': new Map([at('type')]),
  '/namespaces': new Map([['name', at('metadata.name')[1]], at('status.phase')]),
  '/nodes': new Map([at('spec.unschedulable', 'false')]),
  '/services': new Map([at('spec.clusterIP'), at('spec.type')]),
  'batch/jobs': new Map([['status.successful', at('status.succeeded', '0')[1]]]),
};

/** The reader of a selectable field beyond name and namespace, or undefined when it cannot be selected by. */
export function fieldGetter({ group, plural }: AnyKind, path: string): Getter | undefined {
  return BY_RESOURCE[`${group}/${plural}`]?.get(path);
}

/** True for resources with fields of their own to select by. */
export function hasFieldLabels({ group, plural }: AnyKind): boolean {
  return BY_RESOURCE[`${group}/${plural}`] !== undefined;
}
