/** Columns that kinds with a pod template share. */
import type { ApiObject, Column } from '../../kind/index.ts';
import { formatLabelSelector, type LabelSelector } from '../../validation/label-selector.ts';
import type { PodTemplateSpec } from '../core/pod/pod-template.ts';

interface Workload {
  readonly spec?: { readonly template?: PodTemplateSpec; readonly selector?: LabelSelector };
}

function templateOf(object: ApiObject): PodTemplateSpec | undefined {
  return (object as Workload).spec?.template;
}

/** Names and images of the containers of a template, each list in one text. */
export function describeContainers(template: PodTemplateSpec | undefined): { names: string; images: string } {
  const containers = template?.spec?.containers ?? [];
  return {
    names: containers.map((one) => one.name).join(','),
    images: containers.map((one) => one.image ?? '').join(','),
  };
}

/** Containers and images, for `-o wide`. */
export const containerColumns: readonly Column[] = [
  {
    name: 'Containers',
    type: 'string',
    priority: 1,
    description: 'Names of the containers.',
    value: (object) => describeContainers(templateOf(object)).names,
  },
  {
    name: 'Images',
    type: 'string',
    priority: 1,
    description: 'Images of the containers.',
    value: (object) => describeContainers(templateOf(object)).images,
  },
];

/** The selector, for `-o wide`. */
export const selectorColumn: Column = {
  name: 'Selector',
  type: 'string',
  priority: 1,
  description: 'Labels of the pods.',
  value: (object) => formatLabelSelector((object as Workload).spec?.selector),
};

/** A number that counts as 0 when it is absent. */
export function countColumn(name: string, part: 'spec' | 'status', field: string, description: string): Column {
  return {
    name,
    type: 'integer',
    description,
    value: (object) => (object[part] as Readonly<Record<string, number>> | undefined)?.[field] ?? 0,
  };
}
