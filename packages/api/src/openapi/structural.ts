/**
 * The rules of structural schemas: a CRD's schema must say the type of everything outside logical junctors, so that
 * pruning, defaulting and merging know each value. The words are those of the Kubernetes API server.
 */
import { re2Problem } from '@weft/cel';
import type { FieldPath, IssueReport } from '../schema/index.ts';
import { additionalSchema, isIntOrStringChoice, type JsonSchema } from './json-schema.ts';
import { checkListAndMapTypes } from './structural-lists.ts';

/** Where in the schema a node stands. */
type Level = 'root' | 'item' | 'field';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

/** Keywords of JSON Schema that Kubernetes does not have. */
const NO_KEYWORDS = [
  '$ref',
  'id',
  '$schema',
  'patternProperties',
  'definitions',
  'dependencies',
  'additionalItems',
] as const;

/** Keywords that say structure, and so may not stand below a logical junctor. */
const NESTED: readonly (readonly [keyof JsonSchema, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

/** Checks the structure of a whole schema; `path` is where it stands in its CRD. */
export function checkStructural(schema: JsonSchema, path: FieldPath, report: IssueReport): void {
  checkNode(schema, 'root', path, report);
}

function checkNode(schema: JsonSchema, level: Level, path: FieldPath, report: IssueReport): void {
  if (report.isFull) return;
  checkKeywords(schema, path, report);
  checkType(schema, level, path, report);
  checkExtensions(schema, path, report);
  checkListAndMapTypes(schema, path, report);
  checkMembers(schema, level, path, report);
  if (level === 'root' || schema['x-kubernetes-embedded-resource'] === true)
    checkObjectMembers(schema, level, path, report);
  checkValues(schema, path, report, isIntOrStringChoice(schema.anyOf), isIntOrStringChoice(schema.allOf?.[0]?.anyOf));
  for (const [place, part] of junctorParts(schema, path)) checkComplete(part, schema, path, place, report);
}

function checkKeywords(schema: JsonSchema, path: FieldPath, report: IssueReport): void {
  for (const keyword of NO_KEYWORDS) {
    if (schema[keyword] !== undefined) report.forbidden(path.child(keyword), `${keyword} is not supported`);
  }
  if (schema.uniqueItems === true) {
    report.forbidden(
      path.child('uniqueItems'),
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    );
  }
  if (schema.additionalProperties === false) {
    report.forbidden(path.child('additionalProperties'), 'additionalProperties cannot be set to false');
  }
  if (additionalSchema(schema) !== undefined && Object.keys(schema.properties ?? {}).length > 0) {
    report.forbidden(path.child('additionalProperties'), 'additionalProperties and properties are mutual exclusive');
  }
}

function checkType(schema: JsonSchema, level: Level, path: FieldPath, report: IssueReport): void {
  const { type = '' } = schema;
  const at = path.child('type');
  if (type === 'null') report.forbidden(at, 'type cannot be set to null, use nullable as an alternative');
  else if (type !== '' && !TYPES.includes(type)) report.notSupported(at, type, TYPES);
  if (schema['x-kubernetes-embedded-resource'] === true) {
    const wanted = 'must be object if x-kubernetes-embedded-resource is true';
    if (type === '') report.required(at, wanted);
    else if (type !== 'object') report.invalid(at, type, wanted);
    return;
  }
  const isOpen =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (type === '' && !isOpen) report.required(at, EMPTY_TYPE[level]);
  if (level === 'root' && type !== '' && type !== 'object') report.invalid(at, type, 'must be object at the root');
}

function checkExtensions(schema: JsonSchema, path: FieldPath, report: IssueReport): void {
  const preserve = schema['x-kubernetes-preserve-unknown-fields'];
  if (preserve === false) {
    report.invalid(path.child('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined');
  }
  if (schema['x-kubernetes-int-or-string'] !== true) return;
  const message = 'must be false if x-kubernetes-int-or-string is true';
  if (preserve === true) report.invalid(path.child('x-kubernetes-preserve-unknown-fields'), true, message);
  if (schema['x-kubernetes-embedded-resource'] === true) {
    report.invalid(path.child('x-kubernetes-embedded-resource'), true, message);
  }
  if ((schema.type ?? '') !== '')
    report.invalid(path.child('type'), schema.type, 'must be empty if x-kubernetes-int-or-string is true');
}

function checkMembers(schema: JsonSchema, level: Level, path: FieldPath, report: IssueReport): void {
  if (schema.type === 'array' && schema.items === undefined) report.required(path.child('items'), 'must be specified');
  if (schema.items !== undefined) checkNode(schema.items, 'item', path.child('items'), report);
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const isMetadata = level === 'root' && name === 'metadata';
    if (!isMetadata) checkNode(member, 'field', path.child('properties').key(name), report);
  }
  if (schema.additionalProperties === undefined) return;
  const at = path.child('additionalProperties');
  if (level === 'root') report.forbidden(at, 'must not be used at the root');
  if (schema['x-kubernetes-embedded-resource'] === true) {
    report.forbidden(at, 'must not be used if x-kubernetes-embedded-resource is set');
  }
  const additional = additionalSchema(schema);
  if (additional !== undefined) checkNode(additional, 'field', at, report);
}

/** apiVersion, kind and metadata of a whole object are given; of the name, values may be restricted. */
function checkObjectMembers(schema: JsonSchema, level: Level, path: FieldPath, report: IssueReport): void {
  const properties = schema.properties ?? {};
  for (const name of ['apiVersion', 'kind']) {
    const member = properties[name];
    if (member !== undefined && member.type !== 'string') {
      report.invalid(path.child('properties').key(name).child('type'), member.type ?? '', 'must be string');
    }
  }
  if (
    schema['x-kubernetes-embedded-resource'] === true &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true &&
    Object.keys(properties).length === 0
  ) {
    report.required(
      path.child('properties'),
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    );
  }
  const metadata = properties['metadata'];
  if (metadata === undefined) return;
  const at = path.child('properties').key('metadata');
  if (metadata.type !== 'object') report.invalid(at.child('type'), metadata.type ?? '', 'must be object');
  if (level !== 'root') return;
  const known = new Set(['type', 'properties', 'default', 'description']);
  const isPlain = Object.keys(metadata).every((keyword) => known.has(keyword));
  const names = Object.keys(metadata.properties ?? {});
  if (!isPlain || !names.every((name) => name === 'name' || name === 'generateName')) {
    report.forbidden(
      at,
      'must not specify anything other than name and generateName, but metadata is implicitly specified',
    );
  }
  for (const name of names) checkNode(metadata.properties![name]!, 'field', at.child('properties').key(name), report);
}

/** Value validations of a node, and all that stands below its logical junctors. */
function checkValues(
  schema: JsonSchema,
  path: FieldPath,
  report: IssueReport,
  skipAnyOf: boolean,
  skipFirst: boolean,
): void {
  const { pattern } = schema;
  if (pattern !== undefined && pattern !== '') {
    const problem = re2Problem(pattern);
    if (problem !== undefined) {
      report.invalid(path.child('pattern'), pattern, `must be a valid regular expression, but isn't: ${problem}`);
    }
  }
  if (!skipAnyOf)
    for (const [i, part] of (schema.anyOf ?? []).entries()) checkNested(part, path.child('anyOf').index(i), report);
  for (const [i, part] of (schema.allOf ?? []).entries()) {
    checkNested(part, path.child('allOf').index(i), report, skipFirst && i === 0);
  }
  for (const [i, part] of (schema.oneOf ?? []).entries()) checkNested(part, path.child('oneOf').index(i), report);
  if (schema.not !== undefined) checkNested(schema.not, path.child('not'), report);
}

function checkNested(schema: JsonSchema, path: FieldPath, report: IssueReport, skipAnyOf = false): void {
  if (report.isFull) return;
  checkValues(schema, path, report, skipAnyOf, false);
  if (schema.items !== undefined) checkNested(schema.items, path.child('items'), report);
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    checkNested(member, path.child('properties').key(name), report);
  }
  for (const [keyword, message] of NESTED) {
    const value = schema[keyword];
    const isAbsent =
      value === undefined || value === '' || value === false || (Array.isArray(value) && value.length === 0);
    if (!isAbsent) report.forbidden(path.child(keyword), message);
  }
  if (schema.properties?.['metadata'] !== undefined) {
    report.forbidden(path.child('properties').key('metadata'), 'must not be specified in a nested context');
  }
}

/** What a junctor asserts of members must be said of them outside it, too. */
function checkComplete(
  part: JsonSchema,
  outer: JsonSchema,
  path: FieldPath,
  place: FieldPath,
  report: IssueReport,
): void {
  for (const [name, member] of Object.entries(part.properties ?? {})) {
    const specified = outer.properties?.[name] ?? additionalSchema(outer);
    const at = place.child('properties').key(name);
    if (specified !== undefined) checkComplete(member, specified, path.child('properties').key(name), at, report);
    else if (outer['x-kubernetes-preserve-unknown-fields'] !== true) {
      report.required(path.child('properties').key(name), `because it is defined in ${at.toString()}`);
    }
  }
  if (part.items !== undefined) {
    const at = place.child('items');
    if (outer.items !== undefined) checkComplete(part.items, outer.items, path.child('items'), at, report);
    else if (outer['x-kubernetes-preserve-unknown-fields'] !== true) {
      report.required(path.child('items'), `because it is defined in ${at.toString()}`);
    }
  }
  for (const [inner, nested] of junctorParts(part, place)) checkComplete(nested, outer, path, inner, report);
}

function junctorParts(schema: JsonSchema, path: FieldPath): [FieldPath, JsonSchema][] {
  const parts: [FieldPath, JsonSchema][] = [];
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [i, part] of (schema[junctor] ?? []).entries()) parts.push([path.child(junctor).index(i), part]);
  }
  if (schema.not !== undefined) parts.push([path.child('not'), schema.not]);
  return parts;
}
