/**
 * Structural validation with the wording of the Kubernetes API server. Each schema is compiled once into a chain of small
 * checks; a valid value is walked without allocating anything but the path links.
 */

import { compileRe2 } from '@weft/cel';
import { ownMember } from '@weft/core';
import { checkAssertions } from './assertions.ts';
import type { Check } from './check.ts';
import { checkDepth } from './depth.ts';
import { checkFormat } from './formats.ts';
import { IssueReport } from './issue.ts';
import { itemFinder } from './lists.ts';
import { FieldPath } from './path.ts';
import { PathCursor } from './path-cursor.ts';
import { checkRules } from './rules.ts';
import { resolve, type Schema, type SchemaType } from './schema.ts';
import { canonicalJson, isPlainObject, jsonTypeOf } from './types.ts';

const compiled = new WeakMap<Schema, Check>();

/** Validates `value` against `schema` and adds what is wrong to `report`. */
export function validateSchema(
  schema: Schema,
  value: unknown,
  report: IssueReport = new IssueReport(),
  path: FieldPath = FieldPath.root,
  old?: unknown,
): IssueReport {
  if (checkDepth(value, path, report)) checkOf(schema)(value, new PathCursor(path), report, old);
  return report;
}

/** The compiled check of a schema, made at first use. */
export function checkOf(schema: Schema): Check {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  if (schema.ref !== undefined) {
    // A recursive schema must not compile its target before it is registered itself.
    const lazyCheck: Check = (value, path, report, old) => {
      if (value !== null || schema.nullable !== true) checkOf(resolve(schema))(value, path, report, old);
    };
    compiled.set(schema, lazyCheck);
    return lazyCheck;
  }
  const check = compile(schema);
  compiled.set(schema, check);
  return check;
}

function compile(schema: Schema): Check {
  const structural = [...scalarChecks(schema), ...containerChecks(schema)];
  if (hasAssertions(schema)) {
    structural.push((v, path, report, old) => checkAssertions(schema, v, { path, report, old, checkOf }));
  }
  const rules = schema.rules ?? [];
  const isOfType = typeTest(schema.type);
  const isNullable = schema.nullable === true;
  const isPlain = structural.length === 0 && rules.length === 0;
  return (value, path, report, old) => {
    if (!isOfType(value)) {
      if (value === null && isNullable) return;
      report.typeInvalid(path, jsonTypeOf(value), typeMessage(schema, path, value));
      return;
    }
    if (isPlain || (value === null && isNullable)) return;
    const failuresBefore = report.failureCount;
    for (let i = 0; i < structural.length; i++) structural[i]!(value, path, report, old);
    // Rules see only values that are structurally sound, as in Kubernetes.
    if (rules.length > 0 && report.failureCount === failuresBefore) {
      checkRules(rules, value, path, report, old);
    }
  };
}

function hasAssertions(schema: Schema): boolean {
  return (
    schema.oneOf !== undefined || schema.anyOf !== undefined || schema.allOf !== undefined || schema.not !== undefined
  );
}

type TypeTest = (value: unknown) => boolean;

const TYPE_TESTS: Readonly<Record<SchemaType, TypeTest>> = {
  any: () => true,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: (value) => Array.isArray(value),
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: isInteger,
  intOrString: (value) => typeof value === 'string' || Number.isInteger(value),
};

/** What no 64-bit integer holds is only a number. */
function isInteger(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) <= 2 ** 63;
}

/** A type that is none fits nothing; the fuzz of user-made schemas relies on it. */
function typeTest(type: SchemaType): TypeTest {
  return TYPE_TESTS[type] ?? (() => false);
}

function typeMessage(schema: Schema, path: PathCursor, value: unknown): string {
  // A whole number that no 64-bit integer holds is only a number.
  if (Number.isInteger(value) && schema.type === 'integer') return `${inBody(path)} must be of type integer: "number"`;
  const wanted = schema.type === 'intOrString' ? 'integer,string' : schema.type;
  return `${inBody(path)} must be of type ${wanted}: "${jsonTypeOf(value)}"`;
}

function inBody(path: PathCursor): string {
  const field = path.toString();
  return field === '' ? 'the object' : `${field} in body`;
}

function scalarChecks(schema: Schema): Check[] {
  return [...enumChecks(schema), ...stringChecks(schema), ...numberChecks(schema)];
}

function enumChecks(schema: Schema): Check[] {
  const values = schema.enum;
  if (values === undefined) return [];
  if (values.every((v) => typeof v !== 'object')) {
    const allowed = new Set<unknown>(values);
    return [(v, path, report) => void (allowed.has(v) || report.notSupported(path, v, values))];
  }
  const allowed = new Set(values.map((v) => canonicalJson(v)));
  return [(v, path, report) => void (allowed.has(canonicalJson(v)) || report.notSupported(path, v, values))];
}

function stringChecks(schema: Schema): Check[] {
  const checks: Check[] = [];
  const { minLength, maxLength, pattern, format } = schema;
  if (maxLength !== undefined) {
    checks.push((v, path, report) => {
      if (typeof v === 'string' && v.length > maxLength && codePoints(v) > maxLength) report.tooLong(path, maxLength);
    });
  }
  if (minLength !== undefined) {
    checks.push((v, path, report) => {
      if (typeof v === 'string' && codePoints(v) < minLength) {
        report.invalid(path, v, `${inBody(path)} should be at least ${minLength} chars long`);
      }
    });
  }
  if (pattern !== undefined) {
    let regex: ReturnType<typeof compileRe2> | undefined;
    checks.push((v, path, report) => {
      if (typeof v !== 'string') return;
      regex ??= compileRe2(pattern);
      if (!regex.test(v)) report.invalid(path, v, `${inBody(path)} should match '${pattern}'`);
    });
  }
  if (format !== undefined && schema.type !== 'integer' && schema.type !== 'number') {
    checks.push((v, path, report) => {
      if (typeof v !== 'string') return;
      const problem = checkFormat(format, v);
      if (problem !== undefined) report.typeInvalid(path, v, `${inBody(path)} ${problem}`);
    });
  }
  return checks;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function numberChecks(schema: Schema): Check[] {
  const checks: Check[] = [];
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined) {
    const exclusive = schema.exclusiveMinimum === true;
    const words = exclusive ? 'greater than' : 'greater than or equal to';
    checks.push((v, path, report) => {
      if (typeof v === 'number' && (exclusive ? v <= minimum : v < minimum)) {
        report.invalid(path, v, `${inBody(path)} should be ${words} ${minimum}`);
      }
    });
  }
  if (maximum !== undefined) {
    const exclusive = schema.exclusiveMaximum === true;
    const words = exclusive ? 'less than' : 'less than or equal to';
    checks.push((v, path, report) => {
      if (typeof v === 'number' && (exclusive ? v >= maximum : v > maximum)) {
        report.invalid(path, v, `${inBody(path)} should be ${words} ${maximum}`);
      }
    });
  }
  if (multipleOf !== undefined) {
    checks.push((v, path, report) => {
      if (typeof v === 'number' && !Number.isInteger(v / multipleOf)) {
        report.invalid(path, v, `${inBody(path)} should be a multiple of ${multipleOf}`);
      }
    });
  }
  if (schema.type === 'integer') checks.push(...integerWidthChecks(schema.format));
  return checks;
}

function integerWidthChecks(format: string | undefined): Check[] {
  if (format !== 'int32') return [];
  return [
    (v, path, report) => {
      if (typeof v === 'number' && (v < -2147483648 || v > 2147483647)) {
        report.invalid(path, v, `${inBody(path)} must be a 32-bit integer`);
      }
    },
  ];
}

function containerChecks(schema: Schema): Check[] {
  if (schema.type === 'array') return arrayChecks(schema);
  if (schema.type === 'object') return objectChecks(schema);
  if (schema.type !== 'any') return [];
  // Assertions have no type of their own: each of their parts looks only at values that it is about.
  return [...arrayChecks(schema).map(onlyLists), ...objectChecks(schema).map(onlyObjects)];
}

function onlyLists(check: Check): Check {
  return (v, path, report, old) => {
    if (Array.isArray(v)) check(v, path, report, old);
  };
}

function onlyObjects(check: Check): Check {
  return (v, path, report, old) => {
    if (isPlainObject(v)) check(v, path, report, old);
  };
}

function arrayChecks(schema: Schema): Check[] {
  const checks: Check[] = [];
  const { minItems, maxItems, items } = schema;
  if (maxItems !== undefined) {
    checks.push((v, path, report) => {
      if ((v as unknown[]).length > maxItems) report.tooMany(path, (v as unknown[]).length, maxItems);
    });
  }
  if (minItems !== undefined) {
    checks.push((v, path, report) => {
      const count = (v as unknown[]).length;
      if (count < minItems) report.invalid(path, count, `${inBody(path)} should have at least ${minItems} items`);
    });
  }
  if (items !== undefined) checks.push(itemsCheck(schema, items));
  // `uniqueItems: false` leaves duplicates to the kind's own check, which words them differently or lets them pass.
  if (schema.uniqueItems === false) return checks;
  if (schema.uniqueItems === true || schema.listType === 'set') checks.push(uniqueCheck((item) => item));
  if (schema.listType === 'map' && schema.mapKeys !== undefined) {
    const keys = schema.mapKeys;
    checks.push(uniqueCheck((item) => pickKeys(item, keys)));
  }
  return checks;
}

function itemsCheck(schema: Schema, items: Schema): Check {
  // Compiled at first use: a schema may contain itself through its items.
  let check: Check | undefined;
  return (v, path, report, old) => {
    check ??= checkOf(items);
    const list = v as unknown[];
    const find = old === undefined ? undefined : itemFinder(schema, old);
    for (let i = 0; i < list.length && !report.isFull; i++) {
      path.enter(i);
      check(list[i], path, report, find?.(list[i]));
      path.leave();
    }
  };
}

function uniqueCheck(identity: (item: unknown) => unknown): Check {
  return (v, path, report) => {
    const list = v as unknown[];
    if (list.length < 2) return;
    const seen = new Set<string>();
    for (let i = 0; i < list.length && !report.isFull; i++) {
      const id = identity(list[i]);
      const key = canonicalJson(id);
      if (seen.has(key)) report.duplicate(path.index(i), id);
      seen.add(key);
    }
  };
}

function pickKeys(item: unknown, keys: readonly string[]): unknown {
  if (!isPlainObject(item)) return item;
  const picked: Record<string, unknown> = {};
  for (const key of keys) picked[key] = ownMember(item, key);
  return picked;
}

function objectChecks(schema: Schema): Check[] {
  const checks: Check[] = [];
  const properties = Object.entries(schema.properties ?? {});
  const mustHave = [
    ...new Set([...properties.filter(([, s]) => s.isRequired === true).map(([k]) => k), ...(schema.required ?? [])]),
  ];
  if (mustHave.length > 0) {
    checks.push((v, path, report) => {
      for (const name of mustHave) {
        if (ownMember(v as Record<string, unknown>, name) === undefined) report.required(path.member(name));
      }
    });
  }
  if (schema.embeddedResource === true) checks.push(embeddedCheck);
  if (schema.properties !== undefined || schema.additional !== undefined) checks.push(membersCheck(schema));
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined || maxProperties !== undefined) {
    checks.push((v, path, report) => {
      const count = Object.keys(v as object).length;
      if (minProperties !== undefined && count < minProperties) {
        report.invalid(path, count, `${inBody(path)} should have at least ${minProperties} properties`);
      }
      if (maxProperties !== undefined && count > maxProperties) report.tooMany(path, count, maxProperties);
    });
  }
  return checks;
}

/** An embedded object says what it is; its metadata is described by the schema's properties. */
const embeddedCheck: Check = (v, path, report) => {
  for (const name of ['apiVersion', 'kind']) {
    const value = ownMember(v as Record<string, unknown>, name);
    if (value === undefined || value === '') report.required(path.member(name), 'must not be empty');
    else if (typeof value !== 'string') {
      report.typeInvalid(path.member(name), jsonTypeOf(value), `must be of type string: "${jsonTypeOf(value)}"`);
    }
  }
};

/** What is known about one property, looked up by its name. */
interface Member {
  readonly schema: Schema;
  readonly deprecated: string | undefined;
  check: Check | undefined;
}

function membersCheck(schema: Schema): Check {
  const members = new Map<string, Member>();
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    members.set(name, { schema: member, deprecated: member.deprecated, check: undefined });
  }
  const { additional } = schema;
  const others: Member | undefined =
    additional === undefined ? undefined : { schema: additional, deprecated: undefined, check: undefined };
  return (v, path, report, old) => {
    const object = v as Record<string, unknown>;
    // What is owned as a whole has no parts that can be followed from one version to the next.
    const before = schema.mapType !== 'atomic' && isPlainObject(old) ? old : undefined;
    for (const name of Object.keys(object)) {
      const value = object[name];
      if (value === undefined) continue;
      const member = members.get(name) ?? others;
      if (member === undefined) continue;
      const check = memberCheck(member);
      path.enter(name);
      if (member.deprecated !== undefined) report.warn(`${path.toString()}: ${member.deprecated}`);
      check(value, path, report, before === undefined ? undefined : ownMember(before, name));
      path.leave();
      if (report.isFull) return;
    }
  };
}

function memberCheck(member: Member): Check {
  member.check ??= checkOf(member.schema);
  return member.check;
}
