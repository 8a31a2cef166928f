/** Label and field selectors of a request as one predicate over stored entries. */
import type { AnyKind } from '@weft/api';
import { badRequest } from '../../shared/api-errors.ts';
import { type FieldRequirement, parseFieldSelector } from '../../shared/field-selector.ts';
import { goQuote } from '../../shared/go-quote.ts';
import { parseLabelSelector } from '../../shared/label-selector.ts';
import type { ApiStatusError } from '../../shared/status.ts';
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
  if (getter === undefined) {
    throw unknownField(info.kind, field);
  }
  return (entry) => (getter(decodeEntry(info, entry)) === value) === wanted;
}

/** Kinds that offer fields of their own say less than others, as in Kubernetes. */
function unknownField(kind: AnyKind, field: string): ApiStatusError {
  if (kind.isBuiltin !== true || hasFieldLabels(kind)) return badRequest(`field label not supported: ${field}`);
  return badRequest(`${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
}
