/** The paths of an object. Elements come out in FieldsV1's order, so that a fresh set needs no further encoding. */
import type { JsonMembers } from '../json.ts';
import { addNode, EMPTY, type FieldSet, LEAF } from './field-set.ts';
import { elementOf, type FieldType, type ListType, type MapType, typeFor } from './field-type.ts';
import { comparePathElements, fieldElement, type PathElement } from './path-element.ts';

/**
 * Which containers are in the set beside leaves and list items. What a person applies owns containers only where they are
 * keys of maps or empty; what a write adds is owned with everything in between.
 */
type Containers = 'applied' | 'added';

/** The paths that an applied configuration owns. */
export function appliedFields(type: FieldType, config: unknown): FieldSet {
  return fieldsBelow(type, config, 'applied');
}

/** All paths of a value that was not there before: leaves, items, and every container. */
export function addedFields(type: FieldType, value: unknown): FieldSet {
  return fieldsBelow(type, value, 'added');
}

/** As `addedFields`, but as a node whose own path is in the set too. */
export function addedNode(type: FieldType, value: unknown): FieldSet {
  const holder: { [element: PathElement]: FieldSet } = {};
  addNode(holder, 'node', fieldsBelow(type, value, 'added'), true);
  return holder['node']!;
}

function fieldsBelow(given: FieldType, value: unknown, containers: Containers): FieldSet {
  const type = typeFor(given, value);
  if (type.kind === 'map') return fieldsOfMap(type, value as JsonMembers, containers);
  if (type.kind === 'list') return fieldsOfList(type, value as unknown[], containers);
  return EMPTY;
}

function fieldsOfMap(type: MapType, value: JsonMembers, containers: Containers): FieldSet {
  const set: { [element: PathElement]: FieldSet } = {};
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member === undefined) continue;
    const memberType = type.member(name);
    const below = fieldsBelow(memberType, member, containers);
    const isOwned = containers === 'added' || !type.isNamed(name) || isLeafOrEmpty(memberType, member);
    addNode(set, fieldElement(name), below, isOwned);
  }
  return set;
}

/** A list whose items are owned one by one is never owned itself, not even when it is empty. */
function isLeafOrEmpty(type: FieldType, value: unknown): boolean {
  const walked = typeFor(type, value);
  return walked.kind === 'leaf' || (walked.kind === 'map' && Object.keys(value as JsonMembers).length === 0);
}

function fieldsOfList(type: ListType, list: readonly unknown[], containers: Containers): FieldSet {
  const items = new Map<PathElement, FieldSet>();
  for (const item of list) {
    const element = elementOf(type, item);
    if (element === undefined) continue;
    // What stands twice cannot be told apart: it is owned as a whole.
    items.set(element, items.has(element) ? EMPTY : fieldsBelow(type.item, item, containers));
  }
  const set: { [element: PathElement]: FieldSet } = {};
  const elements = [...items.keys()];
  if (elements.length > 1) elements.sort(comparePathElements);
  for (const element of elements) addNode(set, element, items.get(element) ?? LEAF, true);
  return set;
}
