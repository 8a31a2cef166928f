/** Takes paths out of an object. */
import { type JsonMembers, setMember } from '../json.ts';
import { childOf, type FieldSet, isMember } from './field-set.ts';
import { elementOf, type FieldType, type ListType, type MapType, typeFor } from './field-type.ts';
import { fieldElement } from './path-element.ts';

/**
 * The object without these members and items; what lies below a removed path goes with it. A container that becomes empty
 * by it becomes null and not absent: whoever owns the container itself still does. Never changes its arguments.
 */
export function removeFields(type: FieldType, object: JsonMembers, fields: FieldSet): JsonMembers {
  return (removeBelow(type, object, fields) ?? {}) as JsonMembers;
}

function removeBelow(given: FieldType, value: unknown, fields: FieldSet): unknown {
  const type = typeFor(given, value);
  if (type.kind === 'map') return removeMembers(type, value as JsonMembers, fields);
  return type.kind === 'list' ? removeItems(type, value as unknown[], fields) : value;
}

function removeMembers(type: MapType, object: JsonMembers, fields: FieldSet): JsonMembers | null {
  const rest: JsonMembers = {};
  let isFilled = false;
  for (const name of Object.keys(object)) {
    const node = childOf(fields, fieldElement(name));
    if (node !== undefined && isMember(node)) continue;
    setMember(rest, name, node === undefined ? object[name] : removeBelow(type.member(name), object[name], node));
    isFilled = true;
  }
  return isFilled ? rest : null;
}

function removeItems(type: ListType, list: readonly unknown[], fields: FieldSet): unknown[] | null {
  const rest: unknown[] = [];
  for (const item of list) {
    const element = elementOf(type, item);
    const node = element === undefined ? undefined : childOf(fields, element);
    if (node === undefined) rest.push(item);
    else if (!isMember(node)) rest.push(removeBelow(type.item, item, node));
  }
  return rest.length === 0 ? null : rest;
}
