/**
 * RE2 expressions on the JavaScript engine. Every expression is judged by the RE2 engine first. Texts with gaps between them are
 * then looked for by hand; any other runs natively when its meaning is the same there and it provably cannot run away, and on
 * the RE2 engine otherwise.
 */
import { ok } from '@weft/core';
import type { RE2JS } from 're2js';
import { type Compiled, fail } from './compile-error.ts';
import { emitRegex } from './regex-emit.ts';
import { compileLiterals, type LiteralsMatcher } from './regex-literals.ts';
import { analyzeRegex, type RegexSafety } from './regex-safety.ts';
import { programSizeFor } from './regex-size.ts';
import { parseRegex } from './regex-syntax.ts';

/** A compiled regular expression. */
export interface Regex {
  /** The expression as it was written. */
  readonly source: string;
  /** Capturing groups, without the whole match. */
  readonly groupCount: number;
  /** What runs a full match: for explanations and tests. */
  readonly engine: 'literals' | 'native' | 're2';
  /** Whether the whole text matches. */
  matches(text: string): boolean;
  /** Whether any part of the text matches. */
  search(text: string): boolean;
  /** The groups of a match of the whole text (the first is the text), or undefined. */
  groups(text: string): readonly (string | undefined)[] | undefined;
  /** The first match at or after a place, or undefined. */
  findFrom(text: string, from: number): RegexSpan | undefined;
  describe(): string;
}

/** Where a match was found and what its groups hold. */
export interface RegexSpan {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/** Bounds on what may be compiled. */
export interface RegexLimits {
  /** Largest compiled program; Envoy's runtime key `re2.max_program_size.error_level` sets it. */
  readonly maxProgramSize?: number;
}

/** Envoy's default for `re2.max_program_size.error_level`. */
export const DEFAULT_MAX_PROGRAM_SIZE = 100;

/** Longest expression that is looked at: compiling costs time that grows with it, whatever the size of the program. */
export const MAX_REGEX_TEXT = 16_384;

type Re2Class = typeof RE2JS;
let engineClass: Re2Class | undefined;

/** Gives the engine to use where modules cannot be loaded synchronously (browsers). */
export function provideRe2Engine(given: Re2Class): void {
  engineClass = given;
}

/** A synchronous load by way of the process: a static import would cost every start 10 ms, and compiling cannot wait. */
function loadEngine(): Re2Class {
  const module = globalThis.process?.getBuiltinModule?.('module');
  if (module === undefined) throw new Error('no RE2 engine: call provideRe2Engine(RE2JS) before compiling');
  return (module.createRequire(import.meta.url)('re2js') as { RE2JS: Re2Class }).RE2JS;
}

/** Compiles an RE2 expression. */
export function compileRegex(pattern: string, path: string, limits: RegexLimits = {}): Compiled<Regex> {
  if (pattern === '') return fail(path, 'regex must not be empty');
  if (pattern.length > MAX_REGEX_TEXT) return fail(path, `regex is longer than ${MAX_REGEX_TEXT} characters`);
  engineClass ??= loadEngine();
  let program: RE2JS;
  try {
    program = engineClass.compile(pattern);
  } catch (error: unknown) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(path, `${reason} (only RE2 syntax is supported: no lookaround, no backreferences)`);
  }
  const maxSize = limits.maxProgramSize ?? DEFAULT_MAX_PROGRAM_SIZE;
  const node = parseRegex(pattern);
  const size = programSizeFor(program.programSize(), node);
  if (size > maxSize) {
    return fail(path, `regex program size ${size} is larger than the limit of ${maxSize}: ${JSON.stringify(pattern)}`);
  }
  const safety = node === undefined ? undefined : analyzeRegex(node);
  const source = node === undefined || safety?.isLinearAnchored !== true ? undefined : emitRegex(node);
  const regex = createRegex(pattern, program, source, safety);
  const literals = node === undefined ? undefined : compileLiterals(node);
  return ok(literals === undefined ? regex : withLiterals(regex, literals));
}

function createRegex(pattern: string, program: RE2JS, js: string | undefined, safety: RegexSafety | undefined): Regex {
  const full = js === undefined ? undefined : new RegExp(`^(?:${js})$`, 'u');
  const searcher = js === undefined || safety?.isLinearSearch !== true ? undefined : new RegExp(js, 'u');
  const hasSameGroups = safety?.hasRepeatedCapture === false;
  const capturing = hasSameGroups ? full : undefined;
  const finder = hasSameGroups && searcher !== undefined ? new RegExp(searcher.source, 'gu') : undefined;
  return {
    source: pattern,
    groupCount: program.groupCount(),
    engine: full === undefined ? 're2' : 'native',
    matches: full === undefined ? (text) => program.testExact(text) : (text) => full.test(text),
    search: searcher === undefined ? (text) => program.test(text) : (text) => searcher.test(text),
    groups: capturing === undefined ? (text) => groupsOf(program, text) : (text) => capturing.exec(text) ?? undefined,
    findFrom:
      finder === undefined
        ? (text, from) => findWithRe2(program, text, from)
        : (text, from) => findNatively(finder, text, from),
    describe: () => `regex ${JSON.stringify(pattern)}`,
  };
}

/** Verdicts by the texts; places and groups are the engines' to tell. */
function withLiterals(regex: Regex, literals: LiteralsMatcher): Regex {
  return {
    ...regex,
    engine: 'literals',
    matches: (text) => literals.matches(text),
    search: (text) => literals.search(text) ?? regex.search(text),
  };
}

function findNatively(finder: RegExp, text: string, from: number): RegexSpan | undefined {
  finder.lastIndex = from;
  const found = finder.exec(text);
  if (found === null) return undefined;
  return { start: found.index, end: found.index + found[0].length, groups: found };
}

function findWithRe2(program: RE2JS, text: string, from: number): RegexSpan | undefined {
  const matcher = program.matcher(text);
  if (!matcher.find(from)) return undefined;
  return { start: matcher.start(), end: matcher.end(), groups: collectGroups(matcher) };
}

function groupsOf(program: RE2JS, text: string): (string | undefined)[] | undefined {
  const matcher = program.matcher(text);
  return matcher.matches() ? collectGroups(matcher) : undefined;
}

function collectGroups(matcher: ReturnType<RE2JS['matcher']>): (string | undefined)[] {
  const groups: (string | undefined)[] = [];
  for (let i = 0; i <= matcher.groupCount(); i += 1) groups.push(matcher.group(i) ?? undefined);
  return groups;
}
