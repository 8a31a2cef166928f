/** FieldsV1, the text form of field sets: read strictly, written in Kubernetes' order. */
import { isObject, MAX_JSON_DEPTH } from '../json.ts';
import { type FieldSet, isEmptySet, LEAF, SELF } from './field-set.ts';
import { comparePathElements, parsePathElement } from './path-element.ts';

/** Reads FieldsV1 into a set with canonical elements; throws a `SyntaxError` for what is no FieldsV1. */
export function decodeFieldsV1(fields: unknown): FieldSet {
  return decodeNode(fields, 0);
}

function decodeNode(fields: unknown, depth: number): FieldSet {
  if (!isObject(fields)) throw new SyntaxError('fieldsV1 must consist of objects');
  if (depth > MAX_JSON_DEPTH) throw new SyntaxError(`fieldsV1 is nested deeper than ${MAX_JSON_DEPTH} levels`);
  const node: { [element: string]: FieldSet } = {};
  let isSelf = false;
  for (const key of Object.keys(fields)) {
    if (key === SELF) {
      isSelf = true;
      continue;
    }
    const element = parsePathElement(key);
    if (element !== undefined) node[element] = decodeNode(fields[key], depth + 1);
  }
  if (isEmptySet(node)) return LEAF;
  if (isSelf && depth > 0) node[SELF] = LEAF;
  return node;
}

/** The set with its elements in the order in which Kubernetes writes them. */
export function encodeFieldsV1(set: FieldSet): FieldSet {
  const elements = Object.keys(set);
  if (elements.length === 0) return LEAF;
  const sorted: { [element: string]: FieldSet } = {};
  for (const element of elements.sort(comparePathElements)) {
    sorted[element] = element === SELF ? LEAF : encodeFieldsV1(set[element]!);
  }
  return sorted;
}
