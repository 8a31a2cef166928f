import type { CompileContext } from '../compile/context.ts';
import type { MatchInputCompiler } from '../matcher/match-input.ts';

/** What compiling access rules needs. */
export interface RbacContext extends CompileContext {
  /** Whether the rules are for requests, or for connections that may carry anything. */
  readonly isForRequests: boolean;
  /** What matchers may look at. */
  readonly inputs: readonly MatchInputCompiler[];
}

/** Reports a condition on requests where there are none: it would never hold, and a denial by it would deny nobody. */
export function needsRequests(path: string, context: RbacContext): boolean {
  if (context.isForRequests) return true;
  context.problems.add(path, 'connections have no headers and no path: use the RBAC filter of HTTP');
  return false;
}
