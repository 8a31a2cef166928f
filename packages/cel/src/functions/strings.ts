/** Functions of texts. Positions count characters, not UTF-16 units. */
import { CelError } from '../errors.ts';
import type { Frame } from '../frame.ts';
import { listOf, T } from '../types.ts';
import { fn, method, on } from './define.ts';
import { formatText } from './format.ts';

const WHITE_SPACE = /^[\s\u0085]+|[\s\u0085]+$/gu;

function at(index: bigint, length: number): number {
  const position = Number(index);
  if (position < 0 || position > length) throw new CelError(`index out of range: ${index}`);
  return position;
}

function indexIn(text: string, part: string, from: bigint): bigint {
  const chars = Array.from(text);
  const start = at(from, chars.length);
  const found = chars.slice(start).join('').indexOf(part);
  if (found < 0) return -1n;
  return BigInt(start + Array.from(chars.slice(start).join('').slice(0, found)).length);
}

function lastIndexIn(text: string, part: string, until: bigint | undefined): bigint {
  const chars = Array.from(text);
  const last = until === undefined ? chars.length : at(until, chars.length);
  const prefix = chars.slice(0, last).join('').length;
  const found = text.lastIndexOf(part, prefix);
  return found < 0 ? -1n : BigInt(Array.from(text.slice(0, found)).length);
}

function substring(text: string, from: bigint, to: bigint | undefined): string {
  const chars = Array.from(text);
  const start = at(from, chars.length);
  const end = to === undefined ? chars.length : at(to, chars.length);
  if (start > end) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  return chars.slice(start, end).join('');
}

function replace(text: string, part: string, by: string, limit: bigint, frame: Frame): string {
  if (limit === 0n) return text;
  const pieces = part === '' ? ['', ...Array.from(text)] : text.split(part);
  if (part === '') pieces.push('');
  const count = limit < 0n ? pieces.length - 1 : Math.min(pieces.length - 1, Number(limit));
  // What is made can be far larger than what was given.
  frame.charge((text.length + count * by.length) / 10);
  return (
    pieces.slice(0, count + 1).join(by) +
    pieces
      .slice(count + 1)
      .map((piece) => part + piece)
      .join('')
  );
}

function split(text: string, by: string, limit: bigint): string[] {
  if (limit === 0n) return [];
  const pieces = by === '' ? Array.from(text) : text.split(by);
  if (limit < 0n || pieces.length <= limit) return pieces;
  const kept = Number(limit) - 1;
  return [...pieces.slice(0, kept), pieces.slice(kept).join(by)];
}

function join(items: readonly string[], by: string, frame: Frame): string {
  frame.charge(items.reduce((sum, item) => sum + item.length + by.length, 0) / 10);
  return items.join(by);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  return `"${Array.from(text)
    .map((c) => ESCAPES[c] ?? c)
    .join('')}"`;
}

const strings = listOf(T.string);

/** Functions of texts. */
export const stringFunctions = [
  method(
    'contains',
    on<[string, string]>(['string', 'string'], 'bool', ([text, part]) => text.includes(part)),
  ),
  method(
    'startsWith',
    on<[string, string]>(['string', 'string'], 'bool', ([text, part]) => text.startsWith(part)),
  ),
  method(
    'endsWith',
    on<[string, string]>(['string', 'string'], 'bool', ([text, part]) => text.endsWith(part)),
  ),
  method(
    'lowerAscii',
    on<[string]>(['string'], 'string', ([text]) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())),
  ),
  method(
    'upperAscii',
    on<[string]>(['string'], 'string', ([text]) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())),
  ),
  method(
    'trim',
    on<[string]>(['string'], 'string', ([text]) => text.replace(WHITE_SPACE, '')),
  ),
  method(
    'reverse',
    on<[string]>(['string'], 'string', ([text]) => Array.from(text).reverse().join('')),
  ),
  method(
    'charAt',
    on<[string, bigint]>(['string', 'int'], 'string', ([text, index]) => {
      const chars = Array.from(text);
      return chars[at(index, chars.length)] ?? '';
    }),
  ),
  method(
    'indexOf',
    on<[string, string]>(['string', 'string'], 'int', ([text, part]) => indexIn(text, part, 0n)),
    on<[string, string, bigint]>(['string', 'string', 'int'], 'int', ([text, part, from]) => indexIn(text, part, from)),
  ),
  method(
    'lastIndexOf',
    on<[string, string]>(['string', 'string'], 'int', ([text, part]) => lastIndexIn(text, part, undefined)),
    on<[string, string, bigint]>(['string', 'string', 'int'], 'int', ([text, part, to]) => lastIndexIn(text, part, to)),
  ),
  method(
    'substring',
    on<[string, bigint]>(['string', 'int'], 'string', ([text, from]) => substring(text, from, undefined)),
    on<[string, bigint, bigint]>(['string', 'int', 'int'], 'string', ([text, from, to]) => substring(text, from, to)),
  ),
  method(
    'replace',
    on<[string, string, string]>(['string', 'string', 'string'], 'string', ([text, part, by], frame) =>
      replace(text, part, by, -1n, frame),
    ),
    on<[string, string, string, bigint]>(
      ['string', 'string', 'string', 'int'],
      'string',
      ([text, part, by, limit], frame) => replace(text, part, by, limit, frame),
    ),
  ),
  method(
    'split',
    on<[string, string]>(['string', 'string'], strings, ([text, by]) => split(text, by, -1n)),
    on<[string, string, bigint]>(['string', 'string', 'int'], strings, ([text, by, limit]) => split(text, by, limit)),
  ),
  method(
    'join',
    on<[string[]]>(['list:string'], 'string', ([items], frame) => join(items, '', frame)),
    on<[string[], string]>(['list:string', 'string'], 'string', ([items, by], frame) => join(items, by, frame)),
  ),
  method(
    'format',
    on<[string, unknown[]]>(['string', 'list'], 'string', ([text, values], frame) => formatText(text, values, frame)),
  ),
  fn(
    'strings.quote',
    on<[string]>(['string'], 'string', ([text]) => quote(text)),
  ),
];
