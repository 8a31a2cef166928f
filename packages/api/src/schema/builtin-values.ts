/**
 * Kubernetes decodes its own kinds into Go structs, where null, an absent member and (for most scalars) the empty string
 * are the same. Charts and generators rely on it (`annotations:` with nothing below, `imagePullPolicy: ""`, `cpu: 0.5`),
 * so values of built-in kinds are brought into the one spelling before they are defaulted and validated.
 */
import { MAX_DEPTH } from './depth.ts';
import { resolve, type Schema } from './schema.ts';
import { isPlainObject, setMember } from './types.ts';

/** The value as Kubernetes would read it into a built-in type; the value itself when nothing differs. Never changes `value`. */
export function readAsBuiltin(given: Schema, value: unknown, depth = 0): unknown {
  const schema = resolve(given);
  if (schema.type === 'any' || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return readItems(schema, value, depth);
  if (isPlainObject(value)) return readMembers(schema, value, depth);
  return readScalar(schema, value);
}

function readScalar(schema: Schema, value: unknown): unknown {
  if (schema.format === 'quantity' && typeof value === 'number') return String(value);
  // Go's base64 decoder skips line breaks, which YAML block scalars bring.
  if (schema.format === 'byte' && typeof value === 'string' && /[\r\n]/.test(value))
    return value.replace(/[\r\n]/g, '');
  return value;
}

function readMembers(schema: Schema, value: Record<string, unknown>, depth: number): unknown {
  const { properties, additional } = schema;
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const isNamed = properties !== undefined && Object.hasOwn(properties, name);
    const member = isNamed ? properties[name] : additional;
    if (member === undefined) continue;
    const present = value[name];
    if (isNamed && isZero(member, present)) {
      copy ??= { ...value };
      delete copy[name];
      continue;
    }
    const next =
      present === null && member.type === 'string' && member.nullable !== true
        ? ''
        : readAsBuiltin(member, present, depth + 1);
    if (next !== present) {
      copy ??= { ...value };
      setMember(copy, name, next);
    }
  }
  return copy ?? value;
}

function isZero(member: Schema, value: unknown): boolean {
  if (value === null) return member.nullable !== true && member.type !== 'any';
  if (value !== '' || member.type !== 'string') return false;
  if (member.enum !== undefined) return !member.enum.includes('');
  return member.default !== undefined || member.format === 'date-time';
}

function readItems(schema: Schema, value: unknown[], depth: number): unknown {
  if (schema.items === undefined) return value;
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const next = readAsBuiltin(schema.items, value[i], depth + 1);
    if (next !== value[i]) {
      copy ??= value.slice();
      copy[i] = next;
    }
  }
  return copy ?? value;
}
