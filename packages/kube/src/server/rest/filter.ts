/** Label and field selectors of a request as one predicate over stored entries. */
import { type FieldRequirement, parseFieldSelector, unknownFieldLabel } from '../../shared/field-selector.ts';
import { parseLabelSelector } from '../../shared/label-selector.ts';
import type { ResourceInfo } from '../catalog.ts';
import { decodeEntry } from '../encode.ts';
import type { Entry } from '../store/types.ts';
import { fieldGetter, hasFieldLabels } from './field-labels.ts';
import type { ListOptions } from './options.ts';

/** True for entries that the client wants to see. */
export type EntryFilter = (entry: Entry) => boolean;

/** The filter of a list or watch; undefined when everything is wanted. `name` narrows to one object. */
export function entryFilter(info: ResourceInfo, options: ListOptions, name: string): EntryFilter | undefined {
  const filters: EntryFilter[] = [];
  if (name !== '') filters.push((entry) => entry.name === name);
  if (options.labelSelector !== '') {
    const selector = parseLabelSelector(options.labelSelector);
    filters.push((entry) => selector.matches(entry.labels));
  }
  if (options.fieldSelector !== '') filters.push(...fieldFilters(info, options.fieldSelector));
  if (filters.length <= 1) return filters[0];
  return (entry) => filters.every((filter) => filter(entry));
}

function fieldFilters(info: ResourceInfo, selector: string): EntryFilter[] {
  return parseFieldSelector(selector).map((requirement) => fieldFilter(info, requirement));
}

function fieldFilter(info: ResourceInfo, requirement: FieldRequirement): EntryFilter {
  const { field, value } = requirement;
  const wanted = requirement.operator === '=';
  if (field === 'metadata.name') return (entry) => (entry.name === value) === wanted;
  if (field === 'metadata.namespace') return (entry) => (entry.namespace === value) === wanted;
  const getter = fieldGetter(info.kind, field);
  // Kinds that users define say no more than kinds with fields of their own, as in Kubernetes.
  if (getter === undefined) throw unknownFieldLabel(field, info.kind.isBuiltin !== true || hasFieldLabels(info.kind));
  return (entry) => (getter(decodeEntry(info, entry)) === value) === wanted;
}
