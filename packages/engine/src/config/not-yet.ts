import type { CompileRouteMatcher } from '../route/context.ts';

/** Takes no matcher trees. */
export const refuseMatchers: CompileRouteMatcher = (_message, _compileAction, path, context) => {
  context.problems.add(path, 'matcher trees are not supported yet');
  return undefined;
};
