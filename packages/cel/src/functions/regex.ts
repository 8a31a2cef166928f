/** Regular expressions, in RE2 syntax and so in linear time. */
import { CelError } from '../errors.ts';
import type { Frame } from '../frame.ts';
import { compileRe2 } from '../re2.ts';
import { listOf, T } from '../types.ts';
import { fn, method, on } from './define.ts';

type Regex = ReturnType<typeof compileRe2>;

function compile(pattern: string, text: string, frame: Frame): Regex {
  // The engine keeps a state for each part of the pattern while it reads the text once.
  frame.charge((text.length / 10) * (pattern.length / 4));
  try {
    return compileRe2(pattern);
  } catch (error) {
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
}

function findAll(text: string, pattern: string, limit: bigint, frame: Frame): string[] {
  const matcher = compile(pattern, text, frame).matcher(text);
  const found: string[] = [];
  while ((limit < 0n || found.length < Number(limit)) && matcher.find()) {
    frame.charge(1);
    found.push(matcher.group() ?? '');
  }
  return found;
}

const matches = on<[string, string]>(['string', 'string'], 'bool', ([text, pattern], frame) =>
  compile(pattern, text, frame).test(text),
);

/** Regular expressions. */
export const regexFunctions = [
  method('matches', matches),
  fn('matches', matches),
  method(
    'find',
    on<[string, string]>(
      ['string', 'string'],
      'string',
      ([text, pattern], frame) => findAll(text, pattern, 1n, frame)[0] ?? '',
    ),
  ),
  method(
    'findAll',
    on<[string, string]>(['string', 'string'], listOf(T.string), ([text, pattern], frame) =>
      findAll(text, pattern, -1n, frame),
    ),
    on<[string, string, bigint]>(['string', 'string', 'int'], listOf(T.string), ([text, pattern, limit], frame) =>
      findAll(text, pattern, limit, frame),
    ),
  ),
];
