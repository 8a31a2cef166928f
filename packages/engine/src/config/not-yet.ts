import { ok } from '@weft/core';
import type { CompileFormat } from '../headers/value-format.ts';
import { fail } from '../match/compile-error.ts';
import type { CompileRouteMatcher } from '../route/context.ts';

/** Takes texts without operators only. */
export const refuseFormats: CompileFormat = (text, path) => {
  const plain = text.replaceAll('%%', '');
  if (plain.includes('%')) return fail(path, `operators are not supported yet: ${JSON.stringify(text)}`);
  const value = text.replaceAll('%%', '%');
  return ok({ format: () => value });
};

/** Takes no matcher trees. */
export const refuseMatchers: CompileRouteMatcher = (_message, _compileAction, path, context) => {
  context.problems.add(path, 'matcher trees are not supported yet');
  return undefined;
};
