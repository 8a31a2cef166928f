/** What values of annotations may be; each check returns the problem, or undefined. */
import { FieldPath, formatIssue, isPlainObject, istio } from '@weft/api';
import { parseCidr, parseJson, parseQuantity } from '@weft/core';
import { parse as parseYaml } from 'yaml';

/** Judges one value. */
export type ValueCheck = (value: string) => string | undefined;

const MAX_PORT = 65_535;
const MAX_UINT32 = 0xffff_ffff;
/** As Go's `strconv.ParseBool`. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** True or false as Go reads it; undefined for anything else. */
export function parseFlag(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (TRUE.has(value)) return true;
  return FALSE.has(value) ? false : undefined;
}

/** The parts of a list with commas. */
export function partsOf(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** True or false. */
export const checkFlag: ValueCheck = (value) => (parseFlag(value) === undefined ? 'must be true or false' : undefined);

/** A whole number that is not negative. */
export const checkUint32: ValueCheck = (value) =>
  /^\d+$/.test(value) && Number(value) <= MAX_UINT32 ? undefined : 'must be a whole number from 0';

/** A port, or 0. */
export const checkPort: ValueCheck = (value) =>
  /^\d+$/.test(value.trim()) && Number(value) <= MAX_PORT ? undefined : `must be a port from 0 to ${MAX_PORT}`;

/** Ports with commas. */
export const checkPorts: ValueCheck = (value) => {
  const wrong = partsOf(value).find((part) => checkPort(part) !== undefined);
  return wrong === undefined ? undefined : `${JSON.stringify(wrong)} is not a port from 0 to ${MAX_PORT}`;
};

/** Blocks of addresses with commas. */
export const checkRanges: ValueCheck = (value) => {
  const wrong = partsOf(value).find((part) => parseCidr(part) === undefined);
  return wrong === undefined ? undefined : `${JSON.stringify(wrong)} is not a block of addresses such as 10.0.0.0/8`;
};

/** A check that `*` passes too. */
export function orAll(check: ValueCheck): ValueCheck {
  return (value) => (value.trim() === '*' ? undefined : check(value));
}

/** One of a few words. */
export function oneOf(...words: readonly string[]): ValueCheck {
  return (value) => (words.includes(value) ? undefined : `must be one of ${words.join(', ')}`);
}

/** An amount of a resource. */
export const checkQuantity: ValueCheck = (value) =>
  parseQuantity(value) === undefined ? 'must be an amount such as 100m or 128Mi' : undefined;

/** Names of network interfaces with commas. */
export const checkInterfaces: ValueCheck = (value) => {
  const wrong = partsOf(value).find((part) => !/^[\w.@:+-]{1,15}$/.test(part));
  return wrong === undefined ? undefined : `${JSON.stringify(wrong)} is not the name of a network interface`;
};

/** A JSON object. */
export const checkJsonObject: ValueCheck = (value) => {
  const parsed = parseJson(value);
  if (parsed.kind === 'err') return `must be JSON: ${parsed.error.message}`;
  return isPlainObject(parsed.value) && Object.values(parsed.value).every(isPlainObject)
    ? undefined
    : 'must be a JSON object of objects by name';
};

/** A ProxyConfig as YAML or JSON. */
export const checkProxyConfig: ValueCheck = (value) => {
  const read = readProxyConfig(value);
  return typeof read === 'string' ? read : undefined;
};

/** The ProxyConfig that an annotation holds, not completed; or what is wrong with it. */
export function readProxyConfig(value: string): Readonly<Record<string, unknown>> | string {
  const read = readYamlObject(value);
  if (typeof read === 'string') return read;
  const { issues, unknownFields } = istio.mesh.parseProxyConfig(read, undefined, FieldPath.root);
  const problems = [...unknownFields.map((field) => `unknown field "${field}"`), ...issues.map(formatIssue)];
  return problems.length > 0 ? problems.join('; ') : read;
}

/** A YAML mapping; nothing is an empty one. */
export function readYamlObject(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = parseYaml(text, { maxAliasCount: 100 }) ?? {};
    return isPlainObject(value) ? value : 'must be a YAML mapping';
  } catch (error: unknown) {
    // The parser recurses, and text can be made to exhaust the stack.
    if (error instanceof RangeError) return 'is nested too deep';
    if (error instanceof Error) return `must be YAML: ${error.message.split('\n', 1)[0]}`;
    throw error;
  }
}
