import type { Rule } from '../rule.ts';
import type { Token } from '../tokenize.ts';
import type { SourceFile } from '../workspace.ts';

/** Packages that provide these globals to the others, or that are programs. */
const EXEMPT_PACKAGES = new Set(['@weft/core', '@weft/testkit', '@weft/cli']);

/** True for files that may use the clock, timers, randomness, the environment and the console directly. */
export function mayTouchGlobals(file: SourceFile): boolean {
  if (file.role !== 'source' || EXEMPT_PACKAGES.has(file.unit.name)) return true;
  return file.unit.weft.roots?.some((root) => file.path === `${file.unit.dir}/${root.replace(/^\.\//, '')}`) ?? false;
}

/** Time, randomness and environment come in as parameters, which is what makes everything else deterministic in tests. */
export const globals: Rule = {
  name: 'globals',
  *check(workspace) {
    for (const file of workspace.files) {
      if (mayTouchGlobals(file)) continue;
      for (const [index, token] of file.tokens.entries()) {
        if (token.kind !== 'ident') continue;
        const message = judge(file.tokens, index);
        if (message !== undefined) yield { file: file.path, line: token.line, message };
      }
    }
  },
};

function judge(tokens: readonly Token[], index: number): string | undefined {
  const { text } = tokens[index]!;
  switch (text) {
    case 'Date':
      if (isMember(tokens, index)) return undefined;
      if (reads(tokens, index, 'now')) return 'uses Date.now: take a Clock from @weft/core';
      return isCurrentTime(tokens, index) ? 'uses the current time: take a Clock from @weft/core' : undefined;
    case 'Math':
      return !isMember(tokens, index) && reads(tokens, index, 'random')
        ? 'uses Math.random: take a Random from @weft/core'
        : undefined;
    case 'process':
      return !isMember(tokens, index) && reads(tokens, index, 'env')
        ? 'uses process.env: take the environment as a parameter'
        : undefined;
    case 'console':
      return !isMember(tokens, index) && isMemberAccess(tokens[index + 1])
        ? 'uses console: take a Logger from @weft/core'
        : undefined;
    case 'setTimeout':
    case 'setInterval':
      return isGlobalUse(tokens, index) ? `uses ${text}: take a Clock from @weft/core` : undefined;
    default:
      return undefined;
  }
}

/** `x.Date` is somebody else's Date, except where x is the global object. */
function isMember(tokens: readonly Token[], index: number): boolean {
  return isMemberAccess(tokens[index - 1]) && tokens[index - 2]?.text !== 'globalThis';
}

function isMemberAccess(token: Token | undefined): boolean {
  return token?.text === '.' || token?.text === '?.';
}

function reads(tokens: readonly Token[], index: number, property: string): boolean {
  const [access, name] = [tokens[index + 1], tokens[index + 2]];
  if (isMemberAccess(access)) return name?.text === property;
  return access?.text === '[' && name?.kind === 'string' && name.text === property;
}

/** `new Date()`, `new Date` and `Date()` read the clock; with an argument they do not. */
function isCurrentTime(tokens: readonly Token[], index: number): boolean {
  const isNew = tokens[index - 1]?.text === 'new';
  if (tokens[index + 1]?.text === '(') return tokens[index + 2]?.text === ')';
  return isNew;
}

/** A property, parameter or method of that name is no use of the global. */
function isGlobalUse(tokens: readonly Token[], index: number): boolean {
  if (isMember(tokens, index)) return false;
  const next = tokens[index + 1]?.text;
  return next !== ':' && !(next === '?' && tokens[index + 2]?.text === ':');
}
