/** What is there in an object of a built-in kind before anybody wrote anything: the embedded structs of its Go type. */
import { resolve, type Schema } from '@weft/api';
import { addNode, EMPTY, type FieldSet } from './field-set.ts';
import { fieldElement, type PathElement } from './path-element.ts';

/** The paths of containers that nobody can add to an object, and so nobody comes to own by creating it. */
export function presentFields(given: Schema): FieldSet {
  const schema = resolve(given);
  if (schema.type !== 'object' || schema.mapType === 'atomic') return EMPTY;
  const set: { [element: PathElement]: FieldSet } = {};
  for (const name of Object.keys(schema.properties ?? {}).sort()) {
    const member = schema.properties![name]!;
    if (isPresent(member)) addNode(set, fieldElement(name), presentFields(member), true);
  }
  return set;
}

/** A struct that is not behind a pointer, or a list that is written even when it is null; not what is owned as a whole. */
function isPresent(member: Schema): boolean {
  const { type, properties, listType, mapType } = resolve(member);
  if (type === 'array') return member.isRequired === true && (listType === 'map' || listType === 'set');
  if (type !== 'object' || properties === undefined || mapType === 'atomic') return false;
  return member.isRequired === true || member.isEmbedded === true;
}
