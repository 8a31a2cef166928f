/** The values of numbers and texts as they are written. */
import { CelUint } from '../values.ts';
import type { CelLiteral } from './tree.ts';

const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;
const MAX_CODE_POINT = 0x10_ffff;

const ESCAPED: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};
const ESCAPE =
  /\\(?:(?<plain>[abfnrtv\\'"`?])|[xX](?<hex>[0-9a-fA-F]{2})|u(?<short>[0-9a-fA-F]{4})|U(?<long>[0-9a-fA-F]{8})|(?<octal>[0-3][0-7]{2})|(?<wrong>[\s\S]?))/g;

/** A literal, or what is wrong with it. */
export type LiteralResult = { readonly value: CelLiteral } | { readonly problem: string };

/** Reads a number; the sign belongs to it, as the smallest integer has no positive counterpart. */
export function readNumber(text: string, isNegative: boolean): LiteralResult {
  if (/^0x|^\d+[uU]?$/.test(text)) {
    const isUnsigned = /[uU]$/.test(text);
    const amount = BigInt(isUnsigned ? text.slice(0, -1) : text);
    if (isUnsigned) return amount > MAX_UINT ? { problem: 'invalid uint literal' } : { value: new CelUint(amount) };
    if (amount > MAX_INT + (isNegative ? 1n : 0n)) return { problem: 'invalid int literal' };
    return { value: isNegative ? -amount : amount };
  }
  const amount = Number(text);
  if (!Number.isFinite(amount)) return { problem: 'invalid double literal' };
  return { value: isNegative ? -amount : amount };
}

/** Reads a text or bytes in quotes. */
export function readText(literal: string): LiteralResult {
  const [, prefix = '', quoted = ''] = /^([bBrR]*)([\s\S]*)$/.exec(literal) ?? [];
  const quotes = /^("""|'''|"|')/.exec(quoted)![1]!.length;
  const body = quoted.slice(quotes, -quotes).replace(/\r\n?/g, '\n');
  const isBytes = /^b/i.test(prefix);
  if (/r/i.test(prefix)) return { value: isBytes ? new TextEncoder().encode(body) : body };
  return isBytes ? readBytes(body) : readCharacters(body);
}

function readCharacters(body: string): LiteralResult {
  let problem: string | undefined;
  const value = body.replace(ESCAPE, (...match) => {
    const groups = match.at(-1) as EscapeGroups;
    if (groups.plain !== undefined) return ESCAPED[groups.plain]!;
    const code = numberOf(groups);
    const isCharacter = code !== undefined && code <= MAX_CODE_POINT && (code < 0xd800 || code > 0xdfff);
    if (isCharacter) return String.fromCodePoint(code);
    problem ??= code === undefined ? 'unable to unescape string' : 'invalid unicode code point';
    return '';
  });
  return problem === undefined ? { value } : { problem };
}

/** In bytes, numbers stand for bytes, and there are no escapes of characters. */
function readBytes(body: string): LiteralResult {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let end = 0;
  for (const match of body.matchAll(ESCAPE)) {
    bytes.push(...encoder.encode(body.slice(end, match.index)));
    end = match.index + match[0].length;
    const groups = match.groups as EscapeGroups;
    const byte = groups.plain === undefined ? numberOf(groups) : ESCAPED[groups.plain]!.charCodeAt(0);
    if (byte === undefined || groups.short !== undefined || groups.long !== undefined) {
      return { problem: 'unable to unescape string' };
    }
    bytes.push(byte);
  }
  bytes.push(...encoder.encode(body.slice(end)));
  return { value: Uint8Array.from(bytes) };
}

type EscapeGroups = Readonly<Partial<Record<'plain' | 'hex' | 'short' | 'long' | 'octal', string>>>;

function numberOf({ hex, short, long, octal }: EscapeGroups): number | undefined {
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const digits = hex ?? short ?? long;
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}
