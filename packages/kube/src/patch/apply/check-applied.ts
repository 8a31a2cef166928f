/** An applied configuration must fit its schema exactly: what cannot be owned cannot be applied. */
import type { ApiObject } from '@weft/api';
import { badRequest } from '../../shared/api-errors.ts';
import { isObject, type JsonMembers } from '../json.ts';
import { elementOf, type FieldType, type ListType, type MapType } from './field-type.ts';
import { fieldElement, formatFieldPath, type PathElement } from './path-element.ts';

const MAX_PROBLEMS = 20;

/** Refuses with 400 undeclared members, items without or with the same key, and containers of another shape. */
export function checkApplied(type: FieldType, config: ApiObject): void {
  const problems: string[] = [];
  checkValue(type, config, [], problems);
  if (problems.length === 0) return;
  const { namespace, name } = config.metadata;
  const told = problems.length === 1 ? problems[0] : `errors:\n${problems.map((p) => `  ${p}`).join('\n')}`;
  throw badRequest(
    `failed to create typed patch object (${namespace ?? ''}/${name ?? ''}; ${config.apiVersion}, Kind=${config.kind}): ${told}`,
  );
}

function checkValue(type: FieldType, value: unknown, path: readonly PathElement[], problems: string[]): void {
  if (value === null || value === undefined || problems.length >= MAX_PROBLEMS) return;
  if (type.kind === 'map') {
    if (isObject(value)) checkMembers(type, value, path, problems);
    else problems.push(`${formatFieldPath(path)}: expected map, got ${shown(value)}`);
  } else if (type.kind === 'list') {
    if (Array.isArray(value)) checkItems(type, value, path, problems);
    else problems.push(`${formatFieldPath(path)}: expected list, got ${shown(value)}`);
  }
}

function checkMembers(type: MapType, value: JsonMembers, path: readonly PathElement[], problems: string[]): void {
  for (const name of Object.keys(value)) {
    const at = [...path, fieldElement(name)];
    if (type.isNamed(name) || type.isOpen) checkValue(type.member(name), value[name], at, problems);
    else if (problems.length < MAX_PROBLEMS) problems.push(`${formatFieldPath(at)}: field not declared in schema`);
  }
}

function checkItems(type: ListType, list: readonly unknown[], path: readonly PathElement[], problems: string[]): void {
  const seen = new Set<PathElement>();
  for (const [i, item] of list.entries()) {
    if (problems.length >= MAX_PROBLEMS) return;
    const problem = itemProblem(type, item);
    const element = problem === undefined ? elementOf(type, item) : undefined;
    if (element === undefined) {
      problems.push(`${formatFieldPath(path)}: element ${i}: ${problem ?? missingKeys(type)}`);
      return;
    }
    if (seen.has(element)) {
      problems.push(`${formatFieldPath(path)}: duplicate entries for key ${formatFieldPath([element])}`);
    }
    seen.add(element);
    checkValue(type.item, item, [...path, element], problems);
  }
}

function itemProblem(type: ListType, item: unknown): string | undefined {
  const isKeyed = type.keys.length > 0;
  const list = isKeyed ? 'associative list with keys' : 'associative list without keys';
  if (item === null)
    return isKeyed ? `${list} may not have a null element` : `${list} has an element that's an explicit null`;
  if (isKeyed) return isObject(item) ? undefined : `${list} may not have non-map elements`;
  if (Array.isArray(item)) return 'not supported: associative list with lists as elements';
  return isObject(item) ? `${list} has an element that's a map type` : undefined;
}

function missingKeys(type: ListType): string {
  const names = type.keys.map((key) => JSON.stringify(key.name)).join(' ');
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}
