/** The rules of x-kubernetes-list-type, -list-map-keys and -map-type. */
import type { FieldPath, IssueReport } from '../schema/index.ts';
import { additionalSchema, type JsonSchema } from './json-schema.ts';

const LIST_TYPES = ['atomic', 'set', 'map'];
const MAP_TYPES = ['granular', 'atomic'];

/** Checks how a list or an object is owned. */
export function checkListAndMapTypes(schema: JsonSchema, path: FieldPath, report: IssueReport): void {
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined) {
    const at = path.child('x-kubernetes-map-type');
    if (!MAP_TYPES.includes(mapType)) report.notSupported(at, mapType, MAP_TYPES);
    if (schema.type !== 'object')
      report.invalid(path.child('type'), schema.type ?? '', 'must be object if x-kubernetes-map-type is specified');
  }
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType === undefined) {
    if (keys.length > 0)
      report.required(path.child('x-kubernetes-list-type'), 'must be map if x-kubernetes-list-map-keys is non-empty');
    return;
  }
  const at = path.child('x-kubernetes-list-type');
  if (!LIST_TYPES.includes(listType)) report.notSupported(at, listType, LIST_TYPES);
  if (schema.type !== 'array')
    report.invalid(path.child('type'), schema.type ?? '', 'must be array if x-kubernetes-list-type is specified');
  if (listType !== 'map' && keys.length > 0)
    report.invalid(at, listType, 'must be map if x-kubernetes-list-map-keys is non-empty');
  if (listType === 'map') checkMapList(schema, keys, path, report);
  if (listType === 'set' && schema.items !== undefined) checkSetItems(schema.items, path.child('items'), report);
}

function checkMapList(schema: JsonSchema, keys: readonly string[], path: FieldPath, report: IssueReport): void {
  const keysPath = path.child('x-kubernetes-list-map-keys');
  const { items } = schema;
  if (keys.length === 0) report.required(keysPath, 'must not be empty if x-kubernetes-list-type is map');
  if (items === undefined) return;
  const itemsPath = path.child('items');
  if (items.type !== 'object')
    report.invalid(
      itemsPath.child('type'),
      items.type ?? '',
      'must be object if parent array x-kubernetes-list-type is map',
    );
  if (items.nullable === true)
    report.forbidden(itemsPath.child('nullable'), 'cannot be nullable when x-kubernetes-list-type is map');
  const seen = new Set<string>();
  for (const [i, key] of keys.entries()) {
    if (seen.has(key)) report.duplicate(keysPath.index(i), key);
    seen.add(key);
    checkKey(items, key, keysPath.index(i), itemsPath, report);
  }
}

/** A key identifies an item, so every item must have it: given, or by default. */
function checkKey(items: JsonSchema, key: string, keyPath: FieldPath, itemsPath: FieldPath, report: IssueReport): void {
  const property = items.properties?.[key];
  if (property === undefined) {
    report.invalid(keyPath, key, 'entries must all be names of item properties');
    return;
  }
  const at = itemsPath.child('properties').key(key);
  if (property.type === 'object' || property.type === 'array') {
    report.invalid(
      at.child('type'),
      property.type,
      'must be a scalar type if parent array x-kubernetes-list-type is map',
    );
  }
  if (property.nullable === true)
    report.forbidden(at.child('nullable'), 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable');
  if (property.default === undefined && items.required?.includes(key) !== true) {
    report.required(
      at.child('default'),
      'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
    );
  }
}

/** Items of a set are compared as wholes, so they must be owned as wholes. */
function checkSetItems(items: JsonSchema, path: FieldPath, report: IssueReport): void {
  if (items.nullable === true)
    report.forbidden(path.child('nullable'), 'cannot be nullable when x-kubernetes-list-type is set');
  if (
    items.type === 'array' &&
    items['x-kubernetes-list-type'] !== undefined &&
    items['x-kubernetes-list-type'] !== 'atomic'
  ) {
    report.invalid(
      path.child('x-kubernetes-list-type'),
      items['x-kubernetes-list-type'],
      'must be atomic as item of a list with x-kubernetes-list-type=set',
    );
  }
  const isObject = items.type === 'object' || additionalSchema(items) !== undefined;
  if (isObject && items['x-kubernetes-map-type'] !== 'atomic') {
    report.invalid(
      path.child('x-kubernetes-map-type'),
      items['x-kubernetes-map-type'] ?? '',
      'must be atomic as item of a list with x-kubernetes-list-type=set',
    );
  }
}
