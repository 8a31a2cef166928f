import { type Check, type CheckMaker, checksOf, type RuleSet, sizeCheck } from './check.ts';

/** The checks of a string. */
export function stringChecks(rules: RuleSet): Check[] {
  const checks = checksOf('string', rules, STRING_RULES);
  if (rules['ignore_empty'] !== true) return checks;
  return checks.map((check) => (value) => (value === '' ? undefined : check(value)));
}

/** The checks of bytes. */
export function bytesChecks(rules: RuleSet): Check[] {
  return checksOf('bytes', rules, BYTES_RULES);
}

const STRING_RULES: { readonly [rule: string]: CheckMaker } = {
  min_len: (min, rules) => sizeCheck(codePoints, min, rules['max_len'], words('characters')),
  max_len: (max, rules) => only(rules, 'min_len', sizeCheck(codePoints, undefined, max, words('characters'))),
  min_bytes: (min, rules) => sizeCheck(utf8Length, min, rules['max_bytes'], words('bytes')),
  max_bytes: (max, rules) => only(rules, 'min_bytes', sizeCheck(utf8Length, undefined, max, words('bytes'))),
  // Of the few there are, JavaScript and RE2 have the same understanding.
  pattern: (pattern) => patternCheck(pattern as string),
  well_known_regex: (name, rules) => patternCheck(headerPattern(name as string, rules['strict'] !== false)),
  prefix: (prefix) => (value) =>
    (value as string).startsWith(prefix as string) ? undefined : `value does not have prefix "${prefix as string}"`,
  suffix: (suffix) => (value) =>
    (value as string).endsWith(suffix as string) ? undefined : `value does not have suffix "${suffix as string}"`,
  in: (list) => {
    const allowed = list as readonly unknown[];
    return (value) => (allowed.includes(value) ? undefined : `value must be in list [${allowed.join(', ')}]`);
  },
  // These change what others do.
  strict: () => undefined,
  ignore_empty: () => undefined,
};

const BYTES_RULES: { readonly [rule: string]: CheckMaker } = {
  min_len: (min, rules) => sizeCheck(byteLength, min, rules['max_len'], words('bytes')),
  max_len: (max, rules) => only(rules, 'min_len', sizeCheck(byteLength, undefined, max, words('bytes'))),
};

/** The check, unless it is part of the one that another rule makes. */
function only(rules: RuleSet, other: string, check: Check): Check | undefined {
  return rules[other] === undefined ? check : undefined;
}

function words(unit: string) {
  return {
    least: (n: string) => `value length must be at least ${n} ${unit}`,
    most: (n: string) => `value length must be at most ${n} ${unit}`,
    both: (a: string, b: string) => `value length must be between ${a} and ${b} ${unit}, inclusive`,
  };
}

function patternCheck(pattern: string): Check {
  const regex = new RegExp(pattern, 'u');
  const reason = `value does not match regex pattern "${pattern}"`;
  return (value) => (regex.test(value as string) ? undefined : reason);
}

/** The patterns that protoc-gen-validate has for these names; the range from + to . in the first is theirs. */
const HEADER_NAME = "^:?[0-9a-zA-Z!#$%&'*+-.^_|~\\x60]+$";
const HEADER_VALUE = '^[^\\x00-\\b\\n-\\x1f\\x7f]*$';
const HEADER_LENIENT = '^[^\\x00\\n\\r]*$';

function headerPattern(name: string, isStrict: boolean): string {
  if (!isStrict) return HEADER_LENIENT;
  return name === 'HTTP_HEADER_NAME' ? HEADER_NAME : HEADER_VALUE;
}

function codePoints(value: unknown): number {
  const text = value as string;
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) count--;
  return count;
}

function utf8Length(value: unknown): number {
  return new TextEncoder().encode(value as string).length;
}

function byteLength(value: unknown): number {
  return (value as Uint8Array).length;
}
