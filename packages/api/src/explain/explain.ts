/** What is known of a field of a kind, for `weft explain KIND.field` and the console. */
import { type AnyKind, schemaOf } from '../kind/index.ts';
import { type Json, resolve, type Schema } from '../schema/index.ts';

/** One field. */
export interface ExplainedField {
  readonly name: string;
  /** As kubectl writes types: `string`, `[]HTTPRoute`, `map[string]string`, `Object`. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
  readonly enum?: readonly Json[];
  readonly default?: Json;
  readonly deprecated?: string;
  /** The fields below, when the whole tree was asked for. */
  readonly fields?: readonly ExplainedField[];
}

/** One rule over a value. */
export interface ExplainedRule {
  /** The rule as CEL expression, where it has one. */
  readonly rule?: string;
  readonly message?: string;
}

/** What is known of a place in a kind. */
export interface Explanation {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Names of the fields from the object to the place; empty for the object itself. */
  readonly fieldPath: readonly string[];
  readonly type: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly enum?: readonly Json[];
  readonly default?: Json;
  readonly deprecated?: string;
  /** Bounds in words, such as `minimum 1`. */
  readonly bounds: readonly string[];
  readonly rules: readonly ExplainedRule[];
  readonly fields: readonly ExplainedField[];
}

/** What `explain` is asked for. */
export interface ExplainOptions {
  /** Version of the kind; the storage version when absent. */
  readonly version?: string;
  /** Adds the fields of fields, down to the last. */
  readonly isRecursive?: boolean;
}

/** The kind has no such field. */
export class UnknownFieldError extends Error {
  override readonly name = 'UnknownFieldError';
}

/** Trees of fields end at this depth, and where a schema contains itself. */
const MAX_TREE_DEPTH = 25;

/** Splits `virtualservices.spec.http` into what names the kind and the names of fields. */
export function parseExplainTarget(target: string): { resource: string; fieldPath: readonly string[] } {
  const [resource = '', ...fieldPath] = target.split('.').filter((part) => part !== '');
  return { resource, fieldPath };
}

/** Explains a kind, or the field that `fieldPath` leads to; lists and maps are stepped over, as in kubectl. */
export function explain(kind: AnyKind, fieldPath: readonly string[] = [], options: ExplainOptions = {}): Explanation {
  const version = options.version ?? kind.storageVersion;
  let place: Schema = schemaOf(kind, version);
  let isRequired = false;
  for (const [i, name] of fieldPath.entries()) {
    const holder = elementOf(place);
    const next =
      holder.properties !== undefined && Object.hasOwn(holder.properties, name) ? holder.properties[name] : undefined;
    if (next === undefined) throw unknownField(kind, fieldPath.slice(0, i), name, holder);
    isRequired = isFieldRequired(holder, name, next);
    place = next;
  }
  const node = resolve(place);
  const element = elementOf(node);
  return {
    group: kind.group,
    version,
    kind: kind.kind,
    fieldPath,
    type: fieldPath.length === 0 ? kind.kind : typeOf(place),
    description: descriptionOf(place),
    isRequired,
    ...facts(node),
    bounds: [...boundsOf(node), ...(element === node ? [] : boundsOf(element))],
    rules: (node.rules ?? []).map((rule) => ({
      ...(rule.cel === undefined ? {} : { rule: rule.cel }),
      ...(typeof rule.message === 'string' ? { message: rule.message } : {}),
    })),
    fields: fieldsOf(element, options.isRecursive === true, [element]),
  };
}

function unknownField(kind: AnyKind, path: readonly string[], name: string, holder: Schema): UnknownFieldError {
  const known = Object.keys(holder.properties ?? {});
  const at = path.length === 0 ? kind.kind : `${kind.kind}.${path.join('.')}`;
  const hint = known.length === 0 ? 'it has no named fields' : `it has ${known.sort().join(', ')}`;
  return new UnknownFieldError(`field ${JSON.stringify(name)} does not exist in ${at}: ${hint}`);
}

/** The schema of what lists and maps hold, where the fields are. */
function elementOf(given: Schema): Schema {
  let schema = resolve(given);
  for (;;) {
    const inner = schema.items ?? (schema.properties === undefined ? schema.additional : undefined);
    if (inner === undefined) return schema;
    schema = resolve(inner);
  }
}

/** `way` holds the schemas from the place down to here, so that a schema that contains itself ends. */
function fieldsOf(schema: Schema, isRecursive: boolean, way: readonly Schema[]): ExplainedField[] {
  const names = Object.keys(schema.properties ?? {}).sort();
  return names.map((name) => {
    const member = schema.properties![name]!;
    const element = elementOf(member);
    const isOpen =
      isRecursive && way.length < MAX_TREE_DEPTH && !way.includes(element) && element.properties !== undefined;
    return {
      name,
      type: typeOf(member),
      isRequired: isFieldRequired(schema, name, member),
      description: descriptionOf(member),
      ...facts(resolve(member)),
      ...(isOpen ? { fields: fieldsOf(element, true, [...way, element]) } : {}),
    };
  });
}

function isFieldRequired(holder: Schema, name: string, member: Schema): boolean {
  return member.isRequired === true || holder.required?.includes(name) === true;
}

function descriptionOf(schema: Schema): string {
  return schema.description ?? resolve(schema).description ?? '';
}

function facts(schema: Schema): Pick<ExplainedField, 'enum' | 'default' | 'deprecated'> {
  const values = schema.enum ?? (schema.items === undefined ? undefined : resolve(schema.items).enum);
  return {
    ...(values === undefined ? {} : { enum: values }),
    ...(schema.default === undefined ? {} : { default: schema.default }),
    ...(schema.deprecated === undefined ? {} : { deprecated: schema.deprecated }),
  };
}

const BOUNDS = [
  ['format', 'format'],
  ['pattern', 'pattern'],
  ['minimum', 'minimum'],
  ['maximum', 'maximum'],
  ['multipleOf', 'multiple of'],
  ['minLength', 'minimum length'],
  ['maxLength', 'maximum length'],
  ['minItems', 'minimum items'],
  ['maxItems', 'maximum items'],
  ['minProperties', 'minimum members'],
  ['maxProperties', 'maximum members'],
] as const satisfies readonly (readonly [keyof Schema, string])[];

function boundsOf(schema: Schema): string[] {
  return BOUNDS.flatMap(([keyword, words]) => (schema[keyword] === undefined ? [] : [`${words} ${schema[keyword]}`]));
}

/** The type as kubectl writes it: shared pieces by the last part of their name. */
function typeOf(given: Schema): string {
  const schema = resolve(given);
  if (schema.items !== undefined) return `[]${typeOf(schema.items)}`;
  if (schema.properties === undefined && schema.additional !== undefined)
    return `map[string]${typeOf(schema.additional)}`;
  const name = schema.name ?? given.name;
  if (name !== undefined) return name.slice(name.lastIndexOf('.') + 1);
  if (schema.type === 'intOrString') return 'IntOrString';
  return schema.type === 'object' || schema.type === 'any' ? 'Object' : schema.type;
}
